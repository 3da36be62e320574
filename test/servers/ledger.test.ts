import { expect, test } from "vitest";
import { holds } from "./ledger.ts";

const secret = "rt-canary:%+ü/=x y";

test.each([
  ["raw", secret],
  ["percent-encoded", encodeURIComponent(secret)],
  ["percent-encoded to the last character", [...Buffer.from(secret)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("")],
  ["percent-encoded twice", encodeURIComponent(encodeURIComponent(secret))],
  ["form-encoded", new URLSearchParams({ token: secret }).toString()],
  ["in JSON in JSON", JSON.stringify(JSON.stringify({ token: secret }))],
  ["in base64", Buffer.from(secret).toString("base64")],
  ["in base64url", Buffer.from(secret).toString("base64url")],
  ["behind one byte in base64", Buffer.from(`a${secret}tail`).toString("base64")],
  ["behind two bytes in base64", Buffer.from(`id${secret}`).toString("base64")],
])("a secret is found %s", (_name, text) => {
  expect(holds(`before ${text} after`, secret)).toBe(true);
});

test("a text without the secret holds nothing", () => {
  expect(holds("rt-canary: something else, %41%zz", secret)).toBe(false);
});
