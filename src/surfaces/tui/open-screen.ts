import { render } from "ink";
import { McpassError } from "../../base/errors.ts";
import { createElement } from "react";
import { createActions, toError } from "./actions.ts";
import { App } from "./app.tsx";
import { createAttachedManager } from "./attached/attached-manager.ts";
import { createServeApi } from "./attached/serve-api.ts";
import { follow } from "./follow.ts";
import { toAscii } from "./glyphs.ts";
import { KeyHub } from "./key-hub.ts";
import { Screen } from "./screen.tsx";
import type { Ask, Place, ScreenManager, Words } from "./screen-types.ts";
import { Store } from "./store.ts";
import { TerminalScreen, type TerminalStreams } from "./terminal-screen.ts";

export type { Ask, ScreenManager, Words } from "./screen-types.ts";

/** The servers of a running `mcpass serve`. */
export function attachTo({ base, token }: { readonly base: string; readonly token: string }, now: () => number, ask: Ask): ScreenManager {
  return createAttachedManager(createServeApi(base, token), now, ask);
}

export interface ScreenOptions {
  /** Made with what asks the person. */
  readonly manager: (ask: Ask) => ScreenManager;
  readonly words: Words;
  readonly streams: TerminalStreams;
  readonly place: Place;
  readonly now: () => number;
  /** Ends the screen. */
  readonly signal: AbortSignal;
  /** false: sign-ins show their address only. */
  readonly opensBrowser: boolean;
  /** undefined: it opened; else why not. */
  readonly openBrowser: (url: string) => Promise<string | undefined>;
}

/** How often what is said of times is made true again. */
const clockMs = 15_000;

/** Shows the screen until it is left; then the terminal is as it was before. Throws what breaks it. */
export async function openScreen({ manager: make, words, streams, place, now, signal, opensBrowser, openBrowser }: ScreenOptions): Promise<void> {
  const manager = make((server, request, over) => store.ask(server, request, over));
  const store = new Store(manager, now);
  const hub = new KeyHub();
  const ending = new AbortController();
  const sizes = new Set<() => void>();
  const terminal = new TerminalScreen(streams, { onKey: (key) => hub.press(key), onSize: () => sizes.forEach((tell) => tell()), ...(place.ascii ? { dress: toAscii } : {}) });
  const actions = createActions({ manager, store, words, now, signal: ending.signal, opensBrowser, openBrowser }, { copy: (text) => (terminal.copy(text), store.toast("quiet", "Copied, where the terminal allows it")), repaint: () => terminal.repaint(), suspend: () => terminal.suspend(), quit: () => ending.abort() });
  const stopFollowing = follow(manager, store, actions);
  signal.addEventListener("abort", () => ending.abort(), { once: true });
  terminal.open();
  const shown = render(createElement(Screen, { parts: { store, hub, actions, words, place, now }, size: { get: () => terminal.size, subscribe: (tell: () => void) => (sizes.add(tell), () => void sizes.delete(tell)) }, children: createElement(App) }), { stdout: terminal.frames, stdin: streams.stdin, debug: true, exitOnCtrlC: false, patchConsole: false });
  const clock = setInterval(() => store.refresh(), clockMs);
  const stopKeeping = manager.keepConnected().catch((thrown: unknown) => (ending.abort(toError(thrown)), undefined));
  try {
    if (!signal.aborted) await Promise.race([shown.waitUntilExit(), aborted(ending.signal)]);
    if (ending.signal.reason instanceof McpassError) throw ending.signal.reason;
  } finally {
    ending.abort();
    clearInterval(clock);
    stopFollowing();
    store.close();
    terminal.close();
    shown.unmount();
    void stopKeeping.then((stop) => stop?.());
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve(), { once: true })));
}
