import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fieldNotes } from "./field-notes.ts";

const testCall = /\b(?:test|it|describe)(?:\.\w+)*\s*(?:\((?!\s*["'`])(?:[^()]|\([^()]*\))*\)\s*)?\(\s*(["'`])((?:\\.|(?!\1)[^\\])*)\1/g;
const fieldNote = /\b[A-Z]\d{2}\b/g;

/** Every field-note id in the name of a test, with the files of those tests. */
export function testedFieldNotes(root: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  for (const file of testFiles(root)) {
    for (const [, , name = ""] of readFileSync(join(root, file), "utf8").matchAll(testCall)) {
      for (const [id] of name.matchAll(fieldNote)) found.set(id, (found.get(id) ?? new Set()).add(file));
    }
  }
  return new Map([...found].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([id, files]) => [id, [...files].toSorted()]));
}

/** docs/field-notes.md, whole. Throws when a test names a field note that has no words. */
export function fieldNotesPage(root: string): string {
  const tested = testedFieldNotes(root);
  const rows = [...tested].map(([id, files]) => {
    const note = fieldNotes[id];
    if (note === undefined) throw new Error(`${files.join(", ")}: ${id} has no words in scripts/docs/field-notes.ts`);
    return `- **${id}** ${note.sees} → ${note.does} *(${files.map((file) => `\`${file}\``).join(", ")})*`;
  });
  return `${introduction}\n\n${rows.join("\n")}\n`;
}

function testFiles(root: string): readonly string[] {
  const entries = readdirSync(join(root, "test"), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && /\.(ts|mjs)$/.test(entry.name)).map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1).replaceAll("\\", "/"));
}

const introduction = `<!-- Made by npm run docs from the names of the tests and scripts/docs/field-notes.ts: change the words there. -->

# Field notes

Ways in which signing in to MCP servers goes wrong for people, collected from public issue threads. Each has an id; a test that shows
that mcpass does better carries the id in its name. One line each: what a person sees elsewhere → what mcpass does, and where that is tested.`;
