import { fstatSync, statSync, writeSync } from "node:fs";

/** Where words go. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Read only when they are needed: opening standard input alone takes a millisecond or two. */
export interface Streams {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
}

export interface StandardStreams extends Streams {
  /** Hears when what is written cannot be, which may be because nobody reads any more. */
  onError(listener: (error: NodeJS.ErrnoException) => void): void;
  /** Settles when everything was handed over. */
  flushed(): Promise<unknown>;
}

/** As Node has them. */
export function standardStreams(): StandardStreams {
  const { stdout, stderr } = process;
  return {
    get stdin() {
      return process.stdin;
    },
    stdout,
    stderr,
    onError: (listener) => [stdout, stderr].forEach((stream) => stream.on("error", listener)),
    flushed: () => Promise.all([flushed(stdout), flushed(stderr)]),
  };
}

/** For a command that says a little and ends: what goes to a file or a pipe is written at once, without Node's streams, which take longer to load than `list --offline` takes for all else. */
export function quickStreams(): StandardStreams {
  const listeners: ((error: NodeJS.ErrnoException) => void)[] = [];
  const opened: NodeJS.WriteStream[] = [];
  const open = (whole: NodeJS.WriteStream): NodeJS.WriteStream => {
    opened.push(whole);
    return whole.on("error", (error: NodeJS.ErrnoException) => listeners.forEach((listener) => listener(error)));
  };
  return {
    get stdin() {
      return process.stdin;
    },
    stdout: openOutput(1, () => open(process.stdout)),
    stderr: openOutput(2, () => open(process.stderr)),
    onError: (listener) => void listeners.push(listener),
    flushed: () => Promise.all(opened.map(flushed)),
  };
}

/** What cannot be written at once, Node's stream writes when it can, or says why not. */
function openOutput(descriptor: number, open: () => NodeJS.WriteStream): Output {
  if (mayBeTerminal(descriptor)) return open();
  let whole: NodeJS.WriteStream | undefined;
  return {
    isTTY: false,
    write(text) {
      const rest = whole === undefined ? writeNow(descriptor, Buffer.from(text)) : Buffer.from(text);
      if (rest.length > 0) (whole ??= open()).write(rest);
    },
  };
}

function writeNow(descriptor: number, bytes: Buffer): Buffer {
  let rest = bytes;
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(descriptor, rest));
  } catch {
    // A full pipe that does not block, or nobody at its other end.
  }
  return rest;
}

/** Whether it is one takes Node's streams to find out. */
function mayBeTerminal(descriptor: number): boolean {
  if (process.platform === "win32") return true;
  try {
    const file = fstatSync(descriptor);
    return file.isCharacterDevice() && file.rdev !== statSync("/dev/null").rdev;
  } catch {
    return true;
  }
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => void stream.write("", () => resolve()));
}
