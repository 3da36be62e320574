import { findMcpassError, McpassError } from "../base/errors.ts";
import { connect, type ConnectRequest } from "./connect.ts";
import { orCancelled } from "./deadline.ts";
import type { LiveClient } from "./live-client.ts";
import { translate } from "./sdk-errors.ts";
import { arrive, concernsServer, type StatusCell, statusAfter } from "./status.ts";

export interface LineOptions {
  readonly cell: StatusCell;
  readonly request: () => Promise<Omit<ConnectRequest, "onEnd" | "onStreamFailure" | "signal">>;
  /** After each opening. Must not throw. */
  readonly onOpened: (live: LiveClient) => Promise<void>;
  /** Whether a stored grant was in use: only then does a refused stream mean that it is over. */
  readonly signedIn: () => boolean;
}

/** The line to one server: at most one live client at a time, opened when needed and replaced when it is lost. */
export class Line {
  readonly #options: LineOptions;
  readonly #end = new AbortController();
  readonly #retired = new Set<LiveClient>();
  #opening: Promise<LiveClient> | undefined;
  #live: LiveClient | undefined;

  constructor(options: LineOptions) {
    this.#options = options;
  }

  /** It was closed, and opens no more. */
  get closed(): boolean {
    return this.#end.signal.aborted;
  }

  /** Runs `operation` on the live client; once more on a new one when the server has forgotten the session. Throws McpassError only. */
  async run<T>(operation: (live: LiveClient) => Promise<T>, signal?: AbortSignal): Promise<T> {
    // What was listed before it failed must not pass for an answer. X06
    if (this.#options.cell.status === "failed") this.drop();
    const first = await this.#current(signal);
    try {
      return await this.#attempt(first, operation).catch(async (thrown: unknown) => {
        if (!first.hasLostSession(thrown)) throw thrown;
        this.#replace(first);
        return this.#attempt(await this.#current(signal), operation);
      });
    } catch (thrown) {
      if (this.#end.signal.aborted) throw this.#end.signal.reason;
      const { cell, request } = this.#options;
      const { place } = await request();
      const error = translate(thrown, place, first.stderr());
      if (concernsServer(error) && cell.status !== "connecting") settle(cell, error);
      throw error;
    }
  }

  /** What is live now ends when nobody uses it; the next operation opens a new one. */
  drop(): void {
    if (this.#live !== undefined) this.#replace(this.#live);
  }

  forgetCatalog(): void {
    this.#live?.catalog.forget();
  }

  async close(): Promise<void> {
    const { cell } = this.#options;
    this.#end.abort(new McpassError("cancelled", "The connection was closed."));
    const last = this.#live;
    this.#live = undefined;
    await Promise.all([this.#opening?.catch(() => {}), last?.close(), ...[...this.#retired].map((live) => live.close())]);
    if (cell.status === "connected" || cell.status === "connecting") cell.change("idle");
  }

  #current(signal: AbortSignal | undefined): Promise<LiveClient> {
    if (this.#live !== undefined && !this.#live.closed) return Promise.resolve(this.#live);
    this.#opening ??= this.#open().finally(() => (this.#opening = undefined));
    return orCancelled(this.#opening, signal);
  }

  async #open(): Promise<LiveClient> {
    const { cell, request, onOpened } = this.#options;
    cell.change("connecting");
    try {
      const onEnd = (error: McpassError): void => this.#lose(error);
      const onStreamFailure = (error: McpassError): void => this.#streamFailed(error);
      const live = await connect({ ...(await request()), signal: this.#end.signal, onEnd, onStreamFailure });
      this.#live = live;
      arrive(cell, "connected");
      await onOpened(live);
      return live;
    } catch (thrown) {
      throw settle(cell, toMcpassError(thrown));
    }
  }

  async #attempt<T>(client: LiveClient, operation: (live: LiveClient) => Promise<T>): Promise<T> {
    const result = await client.use(operation);
    const { cell, signedIn } = this.#options;
    // It works again, or with the grant that somebody got meanwhile.
    if (cell.status === "failed" || (cell.status === "needs_auth" && signedIn())) arrive(cell, "connected");
    return result;
  }

  #replace(lost: LiveClient): void {
    if (this.#live !== lost) return;
    this.#live = undefined;
    this.#retired.add(lost);
    void lost.retire().finally(() => this.#retired.delete(lost));
  }

  #lose(error: McpassError): void {
    const { cell } = this.#options;
    if (!this.#end.signal.aborted && cell.status === "connected") settle(cell, error);
  }

  /** A stream that only breaks is opened again by the SDK, and a server may offer none to the unknown. */
  #streamFailed(error: McpassError): void {
    if (statusAfter(error) === "needs_auth" && this.#options.signedIn()) this.#lose(error);
  }
}

function settle(cell: StatusCell, error: McpassError): McpassError {
  const status = statusAfter(error);
  arrive(cell, status, status === "idle" ? undefined : error);
  return error;
}

function toMcpassError(thrown: unknown): McpassError {
  return findMcpassError(thrown) ?? new McpassError("internal", "Connecting failed for a reason that mcpass does not know.", { cause: thrown });
}
