import type { Key } from "./keys.ts";

/** true: the key was for this one, and nobody below hears of it. */
export type KeyHandler = (key: Key) => boolean | void;

/** Who hears a key: the topmost layer first. */
export class KeyHub {
  readonly #waiting: Key[] = [];
  readonly #handlers = new Set<{ readonly layer: number; readonly handle: KeyHandler }>();

  add(layer: number, handle: KeyHandler): () => void {
    const entry = { layer, handle };
    this.#handlers.add(entry);
    return () => void this.#handlers.delete(entry);
  }

  /** One key after the other; each finds the screen as the one before left it. */
  press(key: Key): void {
    this.#waiting.push(key);
    if (this.#waiting.length === 1) void this.#work();
  }

  async #work(): Promise<void> {
    for (let [key] = this.#waiting; key !== undefined; [key] = this.#waiting) {
      this.#dispatch(key);
      await drawn();
      this.#waiting.shift();
    }
  }

  #dispatch(key: Key): void {
    for (const { handle } of [...this.#handlers].sort((one, other) => other.layer - one.layer)) if (handle(key) === true) return;
  }
}

/** The layers, lowest first. */
export const layers = { screen: 0, pane: 1, dialog: 2, field: 3, question: 4, questionField: 5, shield: 6, always: 9 } as const;

/** React plans what changed in a microtask and does it in the turn after; only then do the parts that came with it hear keys. */
async function drawn(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
