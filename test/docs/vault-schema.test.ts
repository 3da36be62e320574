import { readFileSync } from "node:fs";
import ts from "typescript";
import { expect, test } from "vitest";

import { schema } from "../../src/vault/key-record.ts";

const page = readFileSync("docs/vault-schema.md", "utf8");

/** The shapes that are stored, and where they are declared. */
const sources: Readonly<Record<string, readonly string[]>> = {
  "src/vault/vault-record.ts": ["Grant", "Identity", "Trouble", "Ended", "Redeeming", "LineageEntry", "Link", "RegistrationRecord", "PendingRecord"],
  "src/vault/record-head.ts": ["GrantHead", "RegistrationHead", "PendingHead"],
  "src/vault/key-record.ts": ["KeyRecord", "WrappedKey"],
  "src/oauth/token.ts": ["TokenSet"],
  "src/oauth/registration.ts": ["Registration"],
  "src/oauth/authorization.ts": ["PendingAuthorization"],
};

function interfacesIn(file: string): ReadonlyMap<string, readonly string[]> {
  const parsed = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest);
  const declared = parsed.statements.filter(ts.isInterfaceDeclaration);
  return new Map(declared.map(({ name, members }) => [name.text, members.flatMap((member) => (member.name !== undefined && ts.isIdentifier(member.name) ? [member.name.text] : []))]));
}

/** The fields in the table below a heading. */
function described(title: string): readonly string[] {
  const part = page.split(`\n### ${title}\n`)[1]?.split(/\n##+ /)[0] ?? "";
  return [...part.matchAll(/^\| `(\w+)` \|/gm)].map(([, field = ""]) => field);
}

const shapes = Object.entries(sources).flatMap(([file, names]) => names.map((name) => [name, file] as const));
test.each(shapes)("docs/vault-schema.md describes every field of %s, and no other", (name, file) => {
  const inherited = name === "WrappedKey" ? ["nonce", "data"] : [];
  expect(described(name).toSorted()).toEqual([...(interfacesIn(file).get(name) ?? []), ...inherited].toSorted());
});

test("every shape of a record and of a head has its table", () => {
  for (const file of ["src/vault/vault-record.ts", "src/vault/record-head.ts"]) expect([...interfacesIn(file).keys()].toSorted()).toEqual([...(sources[file] ?? [])].toSorted());
});

test("the page has the stored record's fields, this schema's number and every variable of the vault's key", () => {
  const stored = /JSON\.stringify\(\{ ([^}]*) \}, undefined, 2\)/.exec(readFileSync("src/vault/seal.ts", "utf8"))?.[1]?.split(", ");
  expect(described("StoredRecord")).toEqual(stored);
  expect(page).toContain(`| \`schema\` | ${schema} | no |`);
  const variables = [...readFileSync("src/vault/vault-environment.ts", "utf8").matchAll(/valueOf\("(MCPASS_\w+)"\)/g)].map(([, name = ""]) => name);
  expect(variables.length).toBeGreaterThan(2);
  expect(variables.filter((name) => !page.includes(`| \`${name}\` |`))).toEqual([]);
});
