import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { setOAuthKeys } from "../../src/config/edit-oauth.ts";
import { hasAllOf } from "./application/place.ts";
import { workspace } from "./workspace.ts";

type Keys = Parameters<typeof setOAuthKeys>[0]["keys"];

async function edited(text: string, keys: Keys, name = "notes"): Promise<string> {
  const { write } = await workspace();
  const file = await write("config/mcpass.jsonc", text);
  await setOAuthKeys({ file, name, keys });
  return readFile(file, "utf8");
}

const odd = `{ "mcp": {
  "notes": {"type":"remote",   "url": "https://mcp.example.com/mcp",
      "oauth": {"scope":"a b" , /* mine */ "clientId"   :   "old"
         ,"callbackPort":3118 } , // beside
    "headers" : {"X-Team":"blue"}  }
} }
`;

test("a key of oauth is put in, replaced or taken out, and every other byte stays, however the lines beside it are written", async () => {
  expect(await edited(odd, { clientId: "new" })).toBe(odd.replace('"old"', '"new"'));
  expect(await edited(odd, { redirectUri: "https://x.example/cb" })).toBe(odd.replace('"callbackPort":3118 }', '"callbackPort":3118, "redirectUri": "https://x.example/cb" }'));
  expect(await edited(odd, { scope: undefined })).toBe(odd.replace('"scope":"a b" , /* mine */ ', ""));
  expect(await edited(odd, { callbackPort: undefined, clientId: "new" })).toBe(odd.replace('"old"', '"new"').replace('\n         ,"callbackPort":3118 }', '\n         }'));
});

test("where there is no oauth, or false, it is made in the layout of the file; tabs and Windows' line ends stay", async () => {
  const windows = '{\r\n\t"mcp": {\r\n\t\t"notes": { "type": "remote", "url": "https://mcp.example.com/mcp" }, // direct\r\n\t\t"b": {"type":"remote","url":"https://b.example/mcp"}\r\n\t}\r\n}\r\n';
  expect(await edited(windows, { clientId: "new", callbackPort: 3118 })).toBe(windows.replace('/mcp" }, // direct', '/mcp", "oauth": {"clientId":"new", "callbackPort": 3118} }, // direct'));
  const off = '{\n  "mcp": {\n    "notes": {\n      "type": "remote",\n      "url": "https://mcp.example.com/mcp",\n      "oauth": false // for now\n    }\n  }\n}\n';
  expect(await edited(off, { clientId: "new" })).toBe(off.replace("false // for now", '{\n        "clientId": "new"\n      } // for now'));
  expect(await edited(off, { clientId: undefined })).toBe(off);
});

test("whatever stands in the entry, a key goes in and out again, and the rest is to the byte what it was", async () => {
  const space = fc.constantFrom("", " ", "\n", "\n      ", " // c\n", " /* c */ ", "\t");
  const member = fc.tuple(space, fc.constantFrom('"scope":"a"', '"callbackPort" : 1', '"redirectUri":  "http://127.0.0.1:1/x"', '"callbackHost":"localhost"'), space).map((parts) => parts.join(""));
  const members = fc.uniqueArray(member, { maxLength: 3, selector: (text) => /"(\w+)"/.exec(text)?.[1] });
  await fc.assert(
    fc.asyncProperty(members, space, async (inside, end) => {
      const text = `{ "mcp": { "notes": {"type":"remote", "url":"https://a.example/mcp",  "oauth":{${inside.join(",")}${end}} } } }`;
      const put = await edited(text, { clientId: "mine" });
      const kept = (each: string): string => (inside.length === 0 ? each.replace(/\s/g, "") : each);
      expect([text, hasAllOf(kept(put), kept(text))]).toEqual([text, true]);
      expect((await edited(put, { clientId: undefined })).replace(/\s/g, "")).toBe(text.replace(/\s/g, ""));
    }),
    { numRuns: 60 },
  );
});
