/** One key as it was pressed. */
export interface Key {
  /** A printable sign is its own name; `enter`, `escape`, `up`, `tab`, `ctrl-c` and the like; `paste` has its whole text. */
  readonly name: string;
  /** What it would write; empty for keys that write nothing. */
  readonly text: string;
}

const sequences: Readonly<Record<string, string>> = { A: "up", B: "down", C: "right", D: "left", H: "home", F: "end", Z: "shift-tab", "1~": "home", "7~": "home", "4~": "end", "8~": "end", "3~": "delete", "5~": "pageup", "6~": "pagedown" };
const controls: Readonly<Record<string, string>> = { "\r": "enter", "\n": "enter", "\t": "tab", "\u007f": "backspace", "\b": "backspace" };
const pasteBegins = "\u001b[200~";
const pasteEnds = "\u001b[201~";
/** More than any redirect URL or argument; what comes after it in one paste is dropped. */
const longestPaste = 1_000_000;

/** What a terminal sends, as keys: several in one piece, one in several pieces, and pasted texts as one. */
export class KeyReader {
  #rest = "";

  push(chunk: string): readonly Key[] {
    this.#rest += chunk;
    const keys: Key[] = [];
    for (;;) {
      const taken = this.#rest === "" ? undefined : take(this.#rest);
      if (taken === undefined) return keys;
      this.#rest = this.#rest.slice(taken.length);
      if (taken.key !== undefined) keys.push(taken.key);
    }
  }

  /** An escape that nothing follows is the key itself; call it some 30 ms after the last piece. */
  flush(): readonly Key[] {
    if (!this.#rest.startsWith("\u001b") || this.#rest.startsWith(pasteBegins)) return [];
    this.#rest = "";
    return [{ name: "escape", text: "" }];
  }
}

interface Taken {
  readonly length: number;
  readonly key: Key | undefined;
}

/** undefined: more has to come first. */
function take(text: string): Taken | undefined {
  if (text.startsWith(pasteBegins)) {
    const end = text.indexOf(pasteEnds);
    if (end < 0) return text.length > longestPaste ? { length: text.length, key: undefined } : undefined;
    return { length: end + pasteEnds.length, key: { name: "paste", text: text.slice(pasteBegins.length, end) } };
  }
  if (text.startsWith("\u001b")) return takeEscape(text);
  const sign = String.fromCodePoint(text.codePointAt(0) ?? 0);
  const code = sign.codePointAt(0) ?? 0;
  const control = controls[sign] ?? (code < 32 ? `ctrl-${String.fromCodePoint(code + 96)}` : undefined);
  return { length: sign.length, key: control === undefined ? { name: sign, text: sign } : { name: control, text: "" } };
}

function takeEscape(text: string): Taken | undefined {
  const sequence = /^\u001b(?:\[([0-9;?<=>]*)([A-Za-z~])|O([A-Za-z]))/.exec(text);
  if (sequence !== null) {
    const [whole, numbers = "", final = "", single = ""] = sequence;
    const name = sequences[final === "~" ? `${numbers.split(";")[0] ?? ""}~` : final || single];
    return { length: whole.length, key: name === undefined ? undefined : { name, text: "" } };
  }
  if (/^\u001b(?:\[[0-9;?<=>]*|O)?$/.test(text)) return undefined;
  // Escape, and then something else; a letter with Alt is not used here.
  return { length: 1, key: { name: "escape", text: "" } };
}
