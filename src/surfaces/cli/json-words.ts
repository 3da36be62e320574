/** Characters that JSON leaves as they are but a terminal may obey: DEL, the C1 block, line separators, bidirectional overrides. */
const obeyed = /[\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** One JSON document, indented for people. */
export function jsonDocument(value: unknown): string {
  return escapeObeyed(JSON.stringify(value, null, 2));
}

/** One JSON value on one line. */
export function jsonLine(value: unknown): string {
  return escapeObeyed(JSON.stringify(value));
}

function escapeObeyed(text: string): string {
  return text.replace(obeyed, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
