// Operating-system commands (titles, links, clipboard) first, whole; then every other escape sequence; then what is left of control characters.
// eslint-disable-next-line no-control-regex -- terminal escape sequences are what this removes
const sequences = /\u001b[\]PX^_][\s\S]*?(?:\u0007|\u001b\\|$)|\u001b(?:\[[0-?]*[ -/]*[@-~]|[ -/]*[0-~])|[\u0080-\u009f]/g;
// eslint-disable-next-line no-control-regex -- line feed and tab stay
const controls = /[\u0000-\u0008\u000b-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text of several lines from elsewhere that is safe to show in a terminal: line feeds and tabs stay, nothing else that a terminal obeys does. */
export function printable(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(sequences, "").replace(controls, "");
}
