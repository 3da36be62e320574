import { findMcpassError, type McpassError } from "../../base/errors.ts";
import { plainText, scrub } from "../../base/redact.ts";
import { legacyRevision, modernRevision } from "../../connection/protocol-words.ts";
import { errorAnswer, resultAnswer } from "./answers.ts";
import { answeredBefore } from "./ask-to-sign-in.ts";
import type { Channel, Era, Opening } from "./channel.ts";
import { followServer } from "./follow-server.ts";
import { type Frame, paramsOf } from "./frame.ts";
import { createReturn } from "./await-return.ts";
import type { Host } from "./host.ts";
import { createToolFilter } from "./ignored-tools.ts";
import { createLasting } from "./lasting.ts";
import { createLine, type Line } from "./line.ts";
import { createListenDesk, type ListenDesk } from "./listen-desk.ts";
import type { HostFacts } from "./open-channel.ts";
import { discoverResult, initializeResult } from "./opening-words.ts";
import { refuseModern } from "./modern-request.ts";
import { openPassage } from "./passage.ts";
import type { RelayCache, KnownOpening } from "./relay-cache.ts";
import type { RelayedServer, RelayManners } from "./relay-options.ts";
import { createRequests, type Requests, type UnderWay, untimed } from "./requests.ts";
import { isModern, metaKeys, metaOf, objectOf } from "./revision-words.ts";
import { Service } from "./service.ts";
import { createSignInGate, needsSignIn, type SignInGate } from "./sign-in-gate.ts";

export interface ConversationOptions extends RelayedServer, RelayManners {
  readonly host: Host;
  readonly cache: RelayCache;
  /** The longest that a request may take without any sign of life, in ms. */
  readonly callMs: number;
  /** The longest that one is held while a person signs in. */
  readonly heldMs: number;
  /** Told of what the server does wrong, in words that are plain and hold no secret. */
  readonly warn: (text: string) => void;
}

/** How long a first host waits for what the server says of itself, where nothing is known of it yet. */
const firstWaitMs = 1_500;
const changes = ["notifications/tools/list_changed", "notifications/prompts/list_changed", "notifications/resources/list_changed"];

/** One host, from its first message to its last. */
export class Conversation {
  readonly #options: ConversationOptions;
  readonly #desk: ListenDesk;
  readonly #requests: Requests;
  readonly #line: Line;
  readonly #gate: SignInGate;
  readonly #service: Service;
  #facts: HostFacts = { era: "legacy", revision: legacyRevision, capabilities: {}, clientInfo: undefined };
  #lasting = createLasting();
  /** The next channel is not the first. */
  #isOpenedAnew = false;
  /** Something was answered that the server itself would answer otherwise. */
  #owed = false;

  constructor(options: ConversationOptions) {
    const { host, cache, server, command, heldMs, callMs, place, signal, entry } = options;
    this.#options = options;
    this.#desk = createListenDesk(host);
    this.#requests = createRequests({ ms: callMs, place, signal });
    this.#line = createLine({ open: (until) => this.#open(until), onOpened: (channel) => this.#opened(channel), place, connectMs: entry.timeout.connectMs, signal });
    this.#gate = createSignInGate({ ...options, timeoutMs: options.signInTimeoutMs, onSignedIn: () => this.#anew() });
    this.#service = new Service({
      asker: { server, command, gate: this.#gate, host, heldMs },
      cache,
      line: this.#line,
      filter: createToolFilter(options.ignoredTools, options.allowedTools),
      facts: () => this.#facts,
      trouble: (thrown) => this.#trouble(thrown),
      onAnsweredHere: () => void (this.#owed = true),
      onGone: createReturn({ line: this.#line, signal, onBack: () => this.#announce() }),
    });
  }

  /** Takes a message; what it leads to goes on by itself. Settles when the next may come. */
  async take(frame: Frame): Promise<void> {
    if (frame.kind === "request") return this.#request(frame);
    if (frame.kind === "response" && this.#options.host.take(frame)) return;
    if (frame.kind === "response" && frame.id !== undefined) this.#requests.answered(frame.id);
    if (frame.method === "notifications/cancelled") return void this.#cancel(frame);
    if (frame.method === "notifications/initialized") return void this.#warm();
    void this.#line.current()?.pass(frame).catch((thrown: unknown) => void this.#trouble(thrown));
  }

  /** Settles when nothing is under way, or after `ms`. */
  settled(ms: number): Promise<void> {
    return this.#requests.settled(ms);
  }

  close(): Promise<void> {
    this.#desk.close();
    return this.#line.close();
  }

  #request(frame: Frame): Promise<void> | undefined {
    if (isModern(frame)) {
      const refusal = refuseModern(frame);
      if (refusal !== undefined) return this.#options.host.send(refusal);
      const meta = metaOf(frame);
      this.#speaks({ era: "modern", revision: modernRevision, capabilities: objectOf(meta[metaKeys.clientCapabilities]), clientInfo: meta[metaKeys.clientInfo] });
    }
    const { host, server } = this.#options;
    if (frame.method === "ping") return host.send(resultAnswer(frame, {}, this.#facts.era));
    if (frame.method === "subscriptions/listen") return this.#listen(frame);
    void this.#requests.run(frame, (underWay) => this.#answer(frame, underWay)).catch((thrown: unknown) => void host.send(errorAnswer(frame, server, thrown)));
    return undefined;
  }

  #answer(frame: Frame, underWay: UnderWay): Promise<void> {
    if (frame.method === "initialize") return this.#initialize(frame);
    if (frame.method === "server/discover") return this.#discover(frame);
    const before = this.#facts.era === "modern" ? answeredBefore(frame) : undefined;
    this.#lasting.keep(frame);
    // The answer to a question of our own: while nobody has signed in yet, that is what is looked at first.
    if (before !== undefined && this.#gate.needed !== undefined) return this.#service.fail(frame, this.#gate.needed, underWay);
    return this.#service.serve(before?.request ?? frame, underWay);
  }

  async #initialize(frame: Frame): Promise<void> {
    const { protocolVersion, capabilities, clientInfo } = paramsOf(frame);
    const { host, server } = this.#options;
    const requested = typeof protocolVersion === "string" ? protocolVersion : legacyRevision;
    this.#speaks({ era: "legacy", revision: requested, capabilities: objectOf(capabilities), clientInfo });
    await host.send(resultAnswer(frame, initializeResult(server, requested, await this.#opening()), "legacy"));
  }

  /** A host that asks as one of 2026-07-28 and gets no answer in time opens as one of before: what was opened for the one translates wrongly for the other. */
  #speaks(facts: HostFacts): void {
    if (facts.era !== this.#facts.era) {
      this.#line.reset();
      this.#lasting = createLasting();
    }
    this.#facts = facts;
  }

  async #discover(frame: Frame): Promise<void> {
    const { host, server } = this.#options;
    await host.send(resultAnswer(frame, discoverResult(server, await this.#opening()), "modern"));
  }

  /** What is known of the server; else what it says within a moment; else nothing. B02 */
  async #opening(): Promise<Opening | KnownOpening | undefined> {
    const known = this.#options.cache.opening(this.#facts.era);
    if (known !== undefined) return known;
    const late = new Promise<undefined>((resolve) => void setTimeout(resolve, firstWaitMs, undefined).unref());
    const channel = await Promise.race([this.#warm(), late]);
    this.#owed ||= channel === undefined;
    return channel?.opening;
  }

  /** Opens the server before anything is asked of it. */
  async #warm(): Promise<Channel | undefined> {
    try {
      return await this.#line.channel();
    } catch (thrown) {
      if (this.#trouble(thrown) === undefined) this.#line.keepTrying();
      return undefined;
    }
  }

  #listen(frame: Frame): Promise<void> {
    return this.#desk.begin(frame, (listening) => {
      void followServer({ channel: this.#line.channel, trouble: (thrown) => this.#trouble(thrown), signedIn: this.#gate.signedIn }, listening).catch(() => undefined);
    });
  }

  async #cancel(frame: Frame): Promise<void> {
    const { requestId } = paramsOf(frame);
    if ((typeof requestId !== "string" && typeof requestId !== "number") || this.#desk.end(requestId)) return;
    this.#requests.cancel(requestId);
    // To a server of the same era it is passed on as it is; where it has no place, `pass` knows.
    await this.#line.current()?.pass(frame).catch(() => undefined);
  }

  #open(signal: AbortSignal): Promise<Channel> {
    const { fetch, entry, place, cache, now } = this.#options;
    const warn = (text: string): void => this.#options.warn(plainText(scrub(text, place().secrets), 500));
    const parts = { facts: this.#facts, desk: this.#desk, wire: { fetch, url: entry.url, place, warn }, lately: recently(cache.opening(this.#facts.era), now()) };
    return openPassage({ ...this.#options, ...parts, onTrouble: (error) => void this.#trouble(error), onGap: () => this.#announce() }, signal);
  }

  #opened(channel: Channel): void {
    const { opening } = channel;
    for (const frame of this.#isOpenedAnew ? this.#lasting.requests() : []) void channel.request(frame, async () => {}, untimed(this.#options.signal)).catch(() => undefined);
    this.#isOpenedAnew = true;
    this.#options.cache.noteOpening(this.#facts.era, opening, this.#facts.revision);
    if (this.#owed) this.#announce();
  }

  /** Somebody signed in: what was begun without that may be bound to nobody, and was listed to nobody. X07 */
  #anew(): void {
    this.#owed = true;
    this.#line.reset();
    void this.#warm();
  }

  #announce(): void {
    this.#owed = false;
    for (const method of changes) {
      if (this.#facts.era === "modern") this.#desk.emit(method);
      else void this.#options.host.tell({ method });
    }
  }

  /** What follows for the whole conversation from an error; the error, where a sign-in is what it takes. */
  #trouble(thrown: unknown): McpassError | undefined {
    const wanted = needsSignIn(thrown);
    const error = findMcpassError(thrown);
    if (wanted === undefined && error !== undefined) this.#options.onFailed?.(error);
    if (wanted === undefined) return undefined;
    this.#options.onRefused(wanted);
    this.#gate.require(wanted);
    return wanted;
  }
}

/** A verdict for an era is asked again after a day: a stale one would work silently for ever. */
function recently(known: KnownOpening | undefined, now: number): Era | undefined {
  return known !== undefined && now - known.at < 24 * 60 * 60 * 1_000 ? known.era : undefined;
}
