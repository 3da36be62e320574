import { findMcpassError, McpassError } from "../../base/errors.ts";
import type { GrantView, Progress } from "../../connection/manager.ts";
import type { OfferName } from "./catalog.ts";
import { createPasteLine } from "./paste-line.ts";
import { plain, plainLines } from "./plain.ts";
import type { ScreenManager, Words } from "./screen-types.ts";
import type { Outcome, SignInUnderWay, Store } from "./store.ts";

/** `account`: another than the server's own. */
export interface SignInWish {
  readonly account?: string;
  readonly device?: boolean;
  readonly force?: boolean;
}

/** What a person does to servers. None of these throws: how it ended stands at the server. */
export interface Actions {
  /** `device`: with a code that is typed in elsewhere. Joins one that is under way. */
  signIn(server: string, options?: SignInWish): void;
  /** Of the server's own account unless another is named. */
  signOut(server: string, account?: string): Promise<void>;
  connect(server: string): Promise<void>;
  disconnect(server: string): Promise<void>;
  examine(server: string): Promise<void>;
  loadCatalog(server: string): Promise<void>;
  loadGrant(server: string): Promise<void>;
  loadAccounts(server: string): Promise<void>;
  /** Calls a tool, gets a prompt or reads a resource. Throws what that throws. */
  run(server: string, offer: OfferName, args: Readonly<Record<string, unknown>>, options: { readonly signal: AbortSignal; readonly onProgress: (progress: Progress) => void }): Promise<unknown>;
  openBrowser(url: string): Promise<string | undefined>;
  copy(text: string): void;
  repaint(): void;
  suspend(): void;
  quit(): void;
}

export interface ActionParts {
  readonly manager: ScreenManager;
  readonly store: Store;
  readonly words: Words;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Aborts when the screen ends. */
  readonly signal: AbortSignal;
  readonly opensBrowser: boolean;
  /** undefined: it opened; else why not. */
  readonly openBrowser: (url: string) => Promise<string | undefined>;
}

export type Terminal = Pick<Actions, "copy" | "repaint" | "suspend" | "quit">;

export function createActions(parts: ActionParts, terminal: Terminal): Actions {
  const { manager, store, words } = parts;
  const busy = async (server: string, doing: string, work: () => Promise<Outcome | undefined>): Promise<void> => {
    if (store.get().busy.has(server)) return;
    store.put("outcomes", server, undefined);
    store.put("busy", server, doing);
    const outcome = await work().catch((thrown: unknown) => {
      store.noteError(server, toError(thrown), parts.now());
      return failed(toError(thrown));
    });
    store.put("busy", server, undefined);
    store.put("outcomes", server, outcome);
    store.refresh();
  };
  const actions: Actions = {
    ...terminal,
    signIn: (server, options = {}) => (store.get().signIns.has(server) ? undefined : void signIn(parts, server, options, () => actions.connect(server))),
    signOut: (server, account) =>
      busy(server, "Signing out…", async () => {
        const result = await manager.removeAuth(server, account === undefined ? {} : { account });
        return { tone: "good", lines: result === undefined ? [`Signed out of ${plain(server)}.`] : words.signedOut(result) };
      }),
    connect: (server) =>
      busy(server, "Connecting…", async () => {
        try {
          const connection = await manager.connect(server);
          // The one that stays opens before this one, which nobody keeps, is closed.
          await manager.tools(server).finally(() => connection.close());
        } catch (thrown) {
          // Else why not is in the server's status, which has one writer. X06
          if (manager.list().find(({ name }) => name === server)?.error === undefined) return failed(toError(thrown));
        }
        return undefined;
      }),
    disconnect: (server) =>
      busy(server, "Disconnecting…", async () => {
        await manager.disconnect(server);
        return { tone: "quiet", lines: [`Disconnected from ${plain(server)}. It stays so until you connect again.`] };
      }),
    examine: (server) => examine(parts, server),
    loadCatalog: (server) => loadCatalog(parts, server),
    loadGrant: (server) => loadGrant(parts, server),
    loadAccounts: (server) => loadAccounts(parts, server),
    run: async (server, { kind, name }, args, options) => {
      if (kind === "resource") return manager.readResource(server, name, options);
      if (kind === "prompt") return manager.getPrompt(server, name, Object.fromEntries(Object.entries(args).map(([key, value]) => [key, String(value)])), options);
      return manager.callTool(server, name, args, options);
    },
    openBrowser: parts.openBrowser,
  };
  return actions;
}

export function toError(thrown: unknown): McpassError {
  return findMcpassError(thrown) ?? new McpassError("internal", "Something unexpected happened inside mcpass.", { cause: thrown });
}

/** An error's own words, and the next step. */
export function failed(error: McpassError): Outcome {
  return { tone: error.code === "cancelled" ? "quiet" : "bad", lines: [...plainLines(error.message, { lines: 20 }), ...(error.hint === undefined ? [] : [`hint: ${plain(error.hint, 1000)}`])] };
}

/** One sign-in as a command runs it: it waits for the browser and for a paste until it is over or cancelled. */
async function signIn({ manager, store, words, now, signal, opensBrowser, openBrowser }: ActionParts, server: string, options: SignInWish, connect: () => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const pastes = createPasteLine();
  const show = (change: Partial<SignInUnderWay>): void => {
    const known = store.get().signIns.get(server) ?? { server, notice: undefined, consent: [], said: undefined, paste: pastes.push, cancel: () => controller.abort(new McpassError("cancelled", `The sign-in to ${plain(server)} was cancelled; nothing was changed.`)) };
    store.put("signIns", server, { ...known, ...change });
  };
  store.put("outcomes", server, undefined);
  show({});
  const outcome = await manager
    .signIn(server, {
      ...options,
      openBrowser: opensBrowser,
      signal: AbortSignal.any([signal, controller.signal]),
      pasted: pastes,
      onAuthorization: (notice, opensHere = false) => {
        show({ notice, consent: "issuer" in notice ? words.consent(notice) : [`  signs in at  ${words.host(new URL(notice.url).host)}`] });
        if (opensBrowser && opensHere) void openBrowser(notice.url).then((reason) => reason === undefined || store.toast("warn", `The browser did not open (${plain(reason, 100)}); open the address yourself`));
      },
      onPasteRefused: (error) => show({ said: { tone: "bad", lines: [plain(error.message, 500), "Still waiting: paste the whole address, or finish in the browser."] } }),
      onNotice: (message) => show({ said: { tone: "warn", lines: [plain(message, 1000)] } }),
    })
    .then((result): Outcome => ({ tone: "good", lines: [words.signedIn(server, result)] }), (thrown: unknown) => (store.noteError(server, toError(thrown), now()), failed(toError(thrown))))
    .finally(() => pastes.end());
  store.put("signIns", server, undefined);
  store.put("outcomes", server, outcome);
  store.toast(outcome.tone, outcome.lines[0] ?? "");
  // Another account is not the one that the server is connected with.
  if (outcome.tone !== "good" || signal.aborted || options.account !== undefined) return store.refresh();
  await connect();
  store.put("outcomes", server, outcome);
}

async function examine({ manager, store, signal }: ActionParts, server: string): Promise<void> {
  if (store.get().examined.get(server)?.running === true) return;
  store.put("examined", server, { running: true, found: [] });
  const examined = await manager.examine(server, { signal, onFindings: (found) => store.put("examined", server, { running: true, found }) }).then((examination) => ({ running: false, found: examination.findings, examination }), (thrown: unknown) => ({ running: false, found: [], error: toError(thrown) }));
  store.put("examined", server, examined);
}

async function loadCatalog({ manager, store, signal }: ActionParts, server: string): Promise<void> {
  const known = store.get().catalogs.get(server);
  if (known?.state === "loading") return;
  const empty = { tools: known?.tools ?? [], prompts: known?.prompts ?? [], resources: known?.resources ?? [] };
  store.put("catalogs", server, { ...empty, state: "loading" });
  try {
    const [tools, prompts, resources] = await Promise.all([manager.tools(server, { signal }), manager.prompts(server, { signal }).catch(() => []), manager.resources(server, { signal }).catch(() => [])]);
    store.put("catalogs", server, { state: "there", tools, prompts, resources });
  } catch (thrown) {
    store.put("catalogs", server, { ...empty, state: "failed", error: toError(thrown) });
  }
}

const belongsTo = (server: string): ((grant: GrantView) => boolean) => (grant) => grant.server === server || grant.server?.split(", ").includes(server) === true;

async function loadAccounts({ manager, store }: ActionParts, server: string): Promise<void> {
  const grants = await manager.grants().catch(() => []);
  store.put("accounts", server, grants.filter(belongsTo(server)));
}

/** A vault that cannot be read costs these lines, and nothing else. */
async function loadGrant({ manager, store }: ActionParts, server: string): Promise<void> {
  const snapshot = store.get().servers.find(({ name }) => name === server);
  if (snapshot?.type !== "remote") return;
  const [grants, history] = await Promise.all([manager.grants().catch(() => []), manager.history(server).catch(() => undefined)]);
  const grant = grants.find((each) => each.account === snapshot.account && belongsTo(server)(each));
  const renewals = history?.entries.filter(({ event }) => event === "renewed").length;
  store.put("grants", server, grant === undefined ? undefined : { grant, renewals });
}
