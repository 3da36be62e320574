import { EventEmitter } from "node:events";
import { type Key, KeyReader } from "./keys.ts";
import { Painter } from "./painter.ts";

/** The terminal of this process, or a stand-in. */
export interface TerminalStreams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const enter = "\u001b[?1049h\u001b[?25l\u001b[?2004h\u001b[?7l\u001b[2J\u001b[H";
const leave = "\u001b]8;;\u0007\u001b[0m\u001b[?7h\u001b[?2004l\u001b[?25h\u001b[?1049l";
const loneEscapeMs = 30;

/** The other screen of a terminal, for as long as it is ours; whatever happens, it is given back as it was. */
export class TerminalScreen {
  /** What Ink writes its frames to. */
  readonly frames: NodeJS.WriteStream;
  readonly #streams: TerminalStreams;
  readonly #painter: Painter;
  readonly #onKey: (key: Key) => void;
  readonly #onSize: () => void;
  readonly #reader = new KeyReader();
  readonly #stops: (() => void)[] = [];
  #escape: NodeJS.Timeout | undefined;
  #active = false;
  #frame = "";

  constructor(streams: TerminalStreams, heard: { readonly onKey: (key: Key) => void; readonly onSize: () => void; readonly dress?: (frame: string) => string }) {
    const { dress = (frame: string): string => frame } = heard;
    this.#streams = streams;
    this.#onKey = heard.onKey;
    this.#onSize = heard.onSize;
    this.#painter = new Painter((text) => void streams.stdout.write(text), () => this.size.columns);
    this.frames = frameStream((frame) => this.#show(dress(frame)), () => this.size);
  }

  get size(): Size {
    const { columns = 80, rows = 24 } = this.#streams.stdout;
    return { columns: columns || 80, rows: rows || 24 };
  }

  open(): void {
    this.#enter();
    const { stdin, stdout } = this.#streams;
    stdin.setEncoding("utf8");
    const listen = (emitter: NodeJS.EventEmitter, event: string, listener: (...given: never[]) => void): void => {
      emitter.prependListener(event, listener as () => void);
      this.#stops.push(() => emitter.off(event, listener as () => void));
    };
    listen(stdin, "data", (chunk: string) => this.#hear(chunk));
    listen(stdout, "resize", () => this.#resized());
    listen(process, "exit", () => this.restore());
    // Before whoever tells what went wrong: it must be read on the ordinary screen.
    listen(process, "uncaughtException", () => this.restore());
    listen(process, "unhandledRejection", () => this.restore());
    listen(process, "SIGTSTP", () => this.#stop());
    listen(process, "SIGCONT", () => this.#resume());
    listen(process, "SIGHUP", () => this.restore());
    stdin.resume();
  }

  /** Gives the terminal back; further frames are not shown. */
  close(): void {
    this.restore();
    for (const stop of this.#stops.splice(0)) stop();
    clearTimeout(this.#escape);
    this.#streams.stdin.pause();
  }

  restore(): void {
    if (!this.#active) return;
    this.#active = false;
    this.#streams.stdin.setRawMode(false);
    this.#streams.stdout.write(leave);
  }

  /** As Ctrl-Z does, for everything that was started together; the shell brings it back. */
  suspend(): void {
    if (process.platform !== "win32") process.kill(0, "SIGTSTP");
  }

  #stop(): void {
    this.restore();
    process.kill(process.pid, "SIGSTOP");
  }

  /** Everything anew, for a screen that something else wrote to. */
  repaint(): void {
    this.#painter.forget();
    this.#show(this.#frame);
  }

  /** To the clipboard of the terminal, where it allows that (OSC 52). */
  copy(text: string): void {
    this.#streams.stdout.write(`\u001b]52;c;${Buffer.from(text).toString("base64")}\u0007`);
  }

  #enter(): void {
    this.#streams.stdin.setRawMode(true);
    this.#streams.stdout.write(enter);
    this.#active = true;
    this.#painter.forget();
  }

  #resume(): void {
    if (this.#active) return;
    this.#enter();
    this.#resized();
  }

  #resized(): void {
    this.#painter.forget();
    this.#onSize();
    this.#show(this.#frame);
  }

  #show(frame: string): void {
    this.#frame = frame;
    if (this.#active) this.#painter.paint(frame, this.size.rows);
  }

  #hear(chunk: string): void {
    clearTimeout(this.#escape);
    for (const key of this.#reader.push(chunk)) this.#onKey(key);
    this.#escape = setTimeout(() => this.#reader.flush().forEach(this.#onKey), loneEscapeMs);
  }
}

function frameStream(show: (frame: string) => void, size: () => Size): NodeJS.WriteStream {
  const stream = Object.assign(new EventEmitter(), { isTTY: true, write: (frame: string) => (show(frame), true) });
  Object.defineProperties(stream, { columns: { get: () => size().columns }, rows: { get: () => size().rows } });
  return stream as unknown as NodeJS.WriteStream;
}
