import { webAddress } from "./address.ts";
import { type Api, type ApiError, asApiError } from "./api.ts";
import type { ApiEvent, PublicStatus, ServerDetail } from "./api-types.ts";
import type { LiveState } from "./live.ts";
import type { Tone } from "./words.ts";

/** Something that the server told as it happened. */
export interface Happening {
  readonly at: number;
  readonly server: string;
  readonly type: string;
  readonly status: string | undefined;
  /** How a sign-in ended. */
  readonly outcome: string | undefined;
}

/** What came of something that a person did, shown at its server until the next. */
export interface Notice {
  readonly tone: Tone;
  readonly said: string;
  readonly hint?: string | undefined;
}

const failures: Readonly<Record<string, string>> = { refused: "The sign-in was refused.", expired: "The sign-in was not finished in time.", cancelled: "The sign-in was cancelled." };
const keptHappenings = 100;
/** Events that follow closely on one another make one request. */
const gatherMs = 40;

/** What the page knows. Everything comes from the API; an event only says what to ask for again. */
export class Store {
  /** By name; a status alone, until somebody looked at more. */
  servers: ReadonlyMap<string, ServerDetail> = new Map();
  /** Newest first. */
  happenings: readonly Happening[] = [];
  live: LiveState = "opening";
  /** The first answer has come. */
  loaded = false;
  failure: ApiError | undefined;
  sessionEnded = false;
  readonly #api: Api;
  /** Addresses of sign-ins that wait for a person, by server. */
  readonly #signIns = new Map<string, string>();
  readonly #notices = new Map<string, Notice>();
  /** What is under way, by server: `Connecting…`. */
  readonly #busy = new Map<string, string>();
  readonly #listeners = new Set<() => void>();
  readonly #happeningListeners = new Set<(happening: Happening) => void>();
  #watched: string | undefined;
  #soon = false;
  #told = false;

  constructor(api: Api) {
    this.#api = api;
  }

  signInOf(server: string): string | undefined {
    return this.#signIns.get(server);
  }

  setSignIn(server: string, url: string | undefined): void {
    if (url === undefined) this.#signIns.delete(server);
    else this.#signIns.set(server, url);
    this.tell();
  }

  noticeOf(server: string): Notice | undefined {
    return this.#notices.get(server);
  }

  setNotice(server: string, notice: Notice | undefined): void {
    if (notice === undefined) this.#notices.delete(server);
    else this.#notices.set(server, notice);
    this.tell();
  }

  busyWith(server: string): string | undefined {
    return this.#busy.get(server);
  }

  setBusy(server: string, doing: string | undefined): void {
    if (doing === undefined) this.#busy.delete(server);
    else this.#busy.set(server, doing);
    this.tell();
  }

  /** Told after each change, at most once a turn. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  onHappening(listener: (happening: Happening) => void): void {
    this.#happeningListeners.add(listener);
  }

  setLive(state: LiveState): void {
    this.live = state;
    this.tell();
  }

  endSession(): void {
    this.sessionEnded = true;
    this.tell();
  }

  /** Everything is asked of the one server that is looked at; of the others their status is enough. */
  watch(server: string | undefined): void {
    this.#watched = server;
    if (server !== undefined && this.loaded) void this.refreshServer(server);
  }

  /** All statuses again, and everything of the server that is looked at. Never throws. */
  async refresh(): Promise<void> {
    try {
      const statuses = await this.#api.servers();
      this.servers = new Map(Object.entries(statuses).map(([name, status]) => [name, withStatus(this.servers.get(name), name, status)]));
      this.failure = undefined;
      this.sessionEnded = false;
    } catch (thrown) {
      this.failure = asApiError(thrown);
    }
    // Its end may have been missed.
    for (const name of this.#signIns.keys()) if (this.servers.get(name)?.status === "connected") this.#signIns.delete(name);
    this.loaded = true;
    this.tell();
    if (this.#watched !== undefined && this.servers.has(this.#watched)) await this.refreshServer(this.#watched);
  }

  /** Never throws. */
  async refreshServer(name: string, tries = 0): Promise<void> {
    try {
      const detail = await this.#api.server(name);
      this.servers = new Map(this.servers).set(name, detail);
      // An attempt that changes no status ends without an event.
      if (detail.connecting === true) setTimeout(() => void this.#lookAgain(name, tries + 1), Math.min(500 * 2 ** tries, 10_000));
    } catch (thrown) {
      if (asApiError(thrown).status === 404) this.servers = new Map([...this.servers].filter(([each]) => each !== name));
    }
    this.tell();
  }

  receive(event: ApiEvent): void {
    // What was missed follows, where that was possible.
    if (event.type === "server.connected") return event.properties["resumed"] === true && this.failure === undefined ? undefined : void this.refresh();
    const happening = happeningOf(event);
    if (happening === undefined) return;
    const { server } = happening;
    this.#followSignIn(happening, event.properties["authorizationUrl"]);
    this.happenings = [happening, ...this.happenings].slice(0, keptHappenings);
    for (const listener of this.#happeningListeners) listener(happening);
    const status = statusOf(event);
    if (status !== undefined && this.servers.has(server)) this.servers = new Map(this.servers).set(server, withStatus(this.servers.get(server), server, status));
    this.tell();
    if (server === this.#watched || !this.servers.has(server)) this.#refreshSoon();
  }

  /** Whoever started it. */
  #followSignIn({ type, server, outcome }: Happening, address: unknown): void {
    if (type === "mcp.auth.started" && typeof address === "string" && webAddress(address) !== undefined) this.#signIns.set(server, address);
    if (type !== "mcp.auth.finished" && type !== "mcp.auth.failed") return;
    this.#signIns.delete(server);
    this.#notices.set(server, type === "mcp.auth.finished" ? { tone: "good", said: `Signed in to ${server}.` } : { tone: "bad", said: failures[outcome ?? ""] ?? "The sign-in did not succeed." });
  }

  tell(): void {
    if (this.#told) return;
    this.#told = true;
    queueMicrotask(() => {
      this.#told = false;
      for (const listener of this.#listeners) listener();
    });
  }

  #refreshSoon(): void {
    if (this.#soon) return;
    this.#soon = true;
    setTimeout(() => {
      this.#soon = false;
      const watched = this.#watched;
      void (watched !== undefined && this.servers.has(watched) ? this.refreshServer(watched) : this.refresh());
    }, gatherMs);
  }

  async #lookAgain(name: string, tries: number): Promise<void> {
    if (this.servers.get(name)?.connecting === true) await this.refreshServer(name, tries);
  }
}

/** What was known stays, as long as the status does: details follow. */
function withStatus(known: ServerDetail | undefined, name: string, { status, error }: PublicStatus): ServerDetail {
  if (known?.status === status && (error === undefined || known.error?.error === error)) return known;
  return { ...known, name, status, connecting: false, error: error === undefined ? null : { error } };
}

function statusOf({ type, properties: { status } }: ApiEvent): PublicStatus | undefined {
  return type === "mcp.status.changed" && typeof status === "object" && status !== null && typeof (status as Partial<PublicStatus>).status === "string" ? (status as PublicStatus) : undefined;
}

function happeningOf(event: ApiEvent): Happening | undefined {
  const { server, outcome } = event.properties;
  if (typeof server !== "string" || !event.type.startsWith("mcp.")) return undefined;
  return { at: Date.now(), server, type: event.type, status: statusOf(event)?.status, outcome: typeof outcome === "string" ? outcome : undefined };
}
