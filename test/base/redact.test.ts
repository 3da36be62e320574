import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hasGap, plainText, scrub, showUrl, shownAddress } from "../../src/base/redact.ts";
import { holds } from "../servers/ledger.ts";

describe("foreign text", () => {
  test.each([
    ["colours and cursor movements", "\u001b[31mred\u001b[0m\u001b[2J text", "red text"],
    ["a title or a link of the terminal", "\u001b]0;owned\u0007a\u001b]8;;https://x\u001b\\b", "ab"],
    ["line breaks, tabs and other control characters", "a\r\nb\tc\u0000d\u0085e\u2028f", "a b c d e f"],
    ["bidirectional overrides, isolates and marks", "a\u202Eb\u2066c\u200Fd\u061Ce", "a b c d e"],
    ["a lone escape character", "a\u001bZb\u001b", "ab"],
  ])("loses %s", (_, text, shown) => {
    expect(plainText(text)).toBe(shown);
  });

  test("keeps what can be read in any language, and is cut with an ellipsis", () => {
    expect(plainText("  Größe 漢字 🙂  ")).toBe("Größe 漢字 🙂");
    expect(plainText("x".repeat(301))).toBe(`${"x".repeat(299)}…`);
    expect(plainText("abcdef", 4)).toBe("abc…");
  });

  test("is one printable line of bounded length, whatever comes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 600 }), (text) => {
        const shown = plainText(text);
        expect(shown.length).toBeLessThanOrEqual(300);
        expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/);
      }),
    );
  });
});

describe("a URL that is shown", () => {
  test.each([
    ["https://h", "https://h"],
    ["https://h/", "https://h"],
    ["https://h/?a=b", "https://h/?a=b"],
    ["https://user:pass@h:8443/p#secret", "https://h:8443/p"],
    ["https://h/cb?code=c0de&state=st&iss=https://as&error=e", "https://h/cb?code=…&state=…&iss=https%3A%2F%2Fas&error=e"],
    ["https://h/?ACCESS_TOKEN=a&api_key=b&apikey=c&Client_Secret=d&sig=e&q=f", "https://h/?ACCESS_TOKEN=…&api_key=…&apikey=…&Client_Secret=…&sig=…&q=f"],
    ["https://h/?tavilyApiKey=a&access_key=b&X-Auth-Token=c&monkey=d&sort_by=e", "https://h/?tavilyApiKey=…&access_key=…&X-Auth-Token=…&monkey=d&sort_by=e"],
    ["not a url \u001b[1m", "not a url"],
    ["file:///etc/passwd", "file:///etc/passwd"],
  ])("%s becomes %s", (url, shown) => {
    expect(showUrl(url)).toBe(shown);
  });

  test("Z05: no secret parameter survives, and no URL makes it throw", () => {
    fc.assert(fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), fc.string({ minLength: 1 }), (url, word) => {
      const secret = `canary${word}`;
      const asked = new URL(url);
      asked.searchParams.set("code", secret);
      asked.searchParams.append("refresh_token", secret);
      expect(holds(showUrl(asked.href), "canary")).toBe(false);
    }));
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void showUrl(text)));
  });
});

test("a server's address is shown as it was written, and without what is secret in it; one that was copied from there is known by its gap", () => {
  for (const word of ["example", "https://h/MCP/?profile=a b#c", "https://h", "not a url"]) expect(shownAddress(word)).toBe(word);
  expect(shownAddress("https://h/mcp?profile=p&key=one&key=two")).toBe("https://h/mcp?profile=p&key=…&key=…");
  expect(shownAddress("https://user:pass@h/mcp")).toBe("https://h/mcp");
  expect(["https://h/mcp?key=one&key=%E2%80%A6", "https://h/mcp?key=one", "https://h/…?q=…", "example"].map(hasGap)).toEqual([true, false, false, false]);
});

describe("Z05: secrets in foreign text", () => {
  const secret = "s3cr:t+/ %é?\"x";

  test.each([
    ["raw", secret],
    ["percent-encoded", encodeURIComponent(secret)],
    ["percent-encoded in lower case", encodeURIComponent(secret).toLowerCase()],
    ["form-encoded", new URLSearchParams({ v: secret }).toString().slice(2)],
    ["base64", Buffer.from(secret).toString("base64")],
    ["base64 without padding", Buffer.from(secret).toString("base64").replace(/=+$/, "")],
    ["base64url", Buffer.from(secret).toString("base64url")],
    ["JSON-escaped", JSON.stringify(secret).slice(1, -1)],
  ])("go when they are echoed %s", (_, echoed) => {
    expect(scrub(`cannot accept ${echoed}.`, [secret])).toBe("cannot accept [secret].");
  });

  test("go when they are inside a longer text that was encoded to base64, as in Basic, at every alignment", () => {
    for (const before of ["", "i", "id", "id:", "client:"]) {
      const shown = scrub(`got Basic ${Buffer.from(`${before}${secret}:tail`).toString("base64")}`, [secret]);
      expect(holds(shown, secret)).toBe(false);
    }
  });

  test("go wholly when one secret is part of another, and several go at once", () => {
    expect(scrub("abcdefgh and abcd and wxyz", ["abcd", "abcdefgh", "wxyz"])).toBe("[secret] and [secret] and [secret]");
  });

  test("are left when they are too short to be one, or absent", () => {
    expect(scrub("abc is a word", ["abc", undefined, ""])).toBe("abc is a word");
  });

  test("never make it throw, and are never left raw, whatever they are: lone surrogates and very long ones too", () => {
    expect(scrub("x \ud800abcd y", ["\ud800abcd"])).toBe("x [secret] y");
    expect(scrub("x \ufffdabcd y", ["\ud800abcd"])).toBe("x [secret] y");
    const long = "t".repeat(900_000);
    expect(scrub(`x ${long} y`, [long])).toBe("x [secret] y");
    fc.assert(fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary", minLength: 4 }), (text, each) => void scrub(text + each, [each])));
    fc.assert(fc.property(fc.string({ unit: "grapheme" }), fc.uuid(), (text, each) => void expect(scrub(`${text}${each}${text}`, [each])).not.toContain(each)));
  });
});
