import { plainText } from "./redact.ts";

/** One word of a command line that a person is to type, in a shell's quotes where it would be read as two or as something else. Every command that is shown is made with it. */
export function shellWord(word: string): string {
  const plain = plainText(word, 1000);
  if (/^[\w@%+=:,./-]+$/.test(plain)) return plain;
  // Double quotes are the ones that every system's shell knows; in them these mean something.
  return /["$`\\!]/.test(plain) ? `'${plain.replaceAll("'", "'\\''")}'` : `"${plain}"`;
}
