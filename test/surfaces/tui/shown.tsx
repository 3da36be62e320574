import { render } from "ink-testing-library";
import { onTestFinished } from "vitest";
import { Emitter, type McpassEvent } from "../../../src/base/events.ts";
import { type Actions, createActions } from "../../../src/surfaces/tui/actions.ts";
import { App } from "../../../src/surfaces/tui/app.tsx";
import { follow } from "../../../src/surfaces/tui/follow.ts";
import { KeyHub } from "../../../src/surfaces/tui/key-hub.ts";
import { KeyReader } from "../../../src/surfaces/tui/keys.ts";
import { Screen } from "../../../src/surfaces/tui/screen.tsx";
import type { ScreenManager, Snapshot, Words } from "../../../src/surfaces/tui/screen-types.ts";
import { Store } from "../../../src/surfaces/tui/store.ts";
import { waitUntil } from "../../rig/wait.ts";

/** A server as a manager would tell of it. */
export function snapshot(name: string, more: Partial<Snapshot> = {}): Snapshot {
  const source: Snapshot["source"] = { file: "/home/ann/mcpass.jsonc", line: 3, layer: "file" } as Snapshot["source"];
  return { name, type: "remote", url: `https://${name}.example/mcp`, command: undefined, source, status: "connected", account: "default", identity: undefined, error: undefined, hint: undefined, tools: undefined, protocolVersion: undefined, expiresAt: undefined, signedIn: false, ...more };
}

const words: Words = {
  consent: ({ issuer, scopes }) => [`  signs in at  ${issuer}`, `  scopes       ${scopes.join(" ")}`],
  signedIn: (server) => `Signed in to ${server}`,
  signedOut: ({ server }) => [`Signed out of ${server}`],
  account: (account) => account,
  renewal: () => "renewed automatically",
  duration: (ms) => `${String(Math.round(ms / 60_000))} min`,
  host: (host) => host,
};

export interface ShownScreen {
  /** What stands there now, without colours. */
  screen(): string;
  waitFor(pattern: RegExp): Promise<void>;
  type(text: string): void;
  resize(columns: number, rows: number): void;
  emit(event: McpassEvent): void;
  readonly store: Store;
  readonly copied: string[];
  readonly opened: string[];
  readonly asked: string[];
}

/** The whole screen over a manager that knows these servers and nothing more. */
export function show(servers: readonly Snapshot[], { manager = {}, columns = 100, rows = 30 }: { readonly manager?: Partial<ScreenManager>; readonly columns?: number; readonly rows?: number } = {}): ShownScreen {
  const emitter = new Emitter();
  const never = (): Promise<never> => new Promise(() => undefined);
  const whole = { list: () => servers, subscribe: (listener: never) => emitter.subscribe(listener), grants: async () => [], history: async () => undefined, connect: never, tools: async () => [], prompts: async () => [], resources: async () => [], ...manager } as unknown as ScreenManager;
  const store = new Store(whole, Date.now);
  const hub = new KeyHub();
  const reader = new KeyReader();
  const [copied, opened, asked]: string[][] = [[], [], []];
  const size = { columns, rows };
  let current: { readonly columns: number; readonly rows: number } = size;
  const sizes = new Set<() => void>();
  const ending = new AbortController();
  const note = (name: string) => (): void => void asked?.push(name);
  const actions: Actions = createActions({ manager: whole, store, words, now: Date.now, signal: ending.signal, opensBrowser: false, openBrowser: async (url) => (opened?.push(url), undefined) }, { copy: (text) => void copied?.push(text), repaint: note("repaint"), suspend: note("suspend"), quit: note("quit") });
  const stop = follow(whole, store, actions);
  const { lastFrame, unmount, stdout } = render(
    <Screen parts={{ store, hub, actions, words, place: { colors: true, ascii: false }, now: Date.now }} size={{ get: () => current, subscribe: (tell) => (sizes.add(tell), () => void sizes.delete(tell)) }}>
      <App />
    </Screen>,
  );
  Object.defineProperty(stdout, "columns", { get: () => current.columns });
  onTestFinished(() => {
    ending.abort();
    stop();
    store.close();
    unmount();
  });
  const screen = (): string => lastFrame() ?? "";
  return {
    screen,
    waitFor: (pattern) => waitUntil(() => pattern.test(screen()), `${String(pattern)} on the screen`).then(() => undefined, (error: unknown) => Promise.reject(new Error(`${String(error)}\n${screen()}`))),
    type: (text) => [...reader.push(text), ...reader.flush()].forEach((key) => hub.press(key)),
    resize: (wide, high) => {
      current = { columns: wide, rows: high };
      for (const tell of sizes) tell();
    },
    emit: (event) => emitter.emit(event),
    store,
    copied: copied ?? [],
    opened: opened ?? [],
    asked: asked ?? [],
  };
}
