import type { Terminal } from "./terminal.ts";

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const frameMs = 100;

/** One line at the bottom of a terminal that says what is going on; nothing at all where lines may not be overwritten. Cleared by `clear`. */
export class ProgressLine {
  readonly #terminal: Terminal;
  #text = "";
  #frame = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  show(text: string): void {
    if (!this.#terminal.animated) return;
    this.#text = text;
    this.#draw();
    this.#timer ??= setInterval(() => {
      this.#frame = (this.#frame + 1) % frames.length;
      this.#draw();
    }, frameMs).unref();
  }

  /** Runs `write` with the line out of the way. */
  above(write: () => void): void {
    if (this.#timer !== undefined) this.#terminal.overwrite("");
    write();
    if (this.#timer !== undefined) this.#draw();
  }

  clear(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#terminal.overwrite("");
  }

  #draw(): void {
    this.#terminal.overwrite(`${frames[this.#frame] ?? ""} ${this.#text}`);
  }
}
