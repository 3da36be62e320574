import { findMcpassError, type McpassError } from "../../base/errors.ts";
import { orCancelled } from "../../connection/deadline.ts";
import { errorAnswer, isList, listAnswer, lists, resultAnswer, signInTool, signInTools, toolSays } from "./answers.ts";
import { type Asked, askToSignIn, type SignInAsker } from "./ask-to-sign-in.ts";
import type { RelayCache } from "./relay-cache.ts";
import { type Frame, glanceAt } from "./frame.ts";
import type { ToolFilter } from "./ignored-tools.ts";
import type { Line } from "./line.ts";
import type { HostFacts } from "./open-channel.ts";
import { cancelledByHost, type UnderWay } from "./requests.ts";
import { objectOf } from "./revision-words.ts";
import { isUnwantedTask, missingTasks } from "./tasks.ts";
import type { Receive } from "./wire.ts";

export interface ServiceParts {
  readonly asker: SignInAsker;
  readonly cache: RelayCache;
  readonly line: Line;
  readonly filter: ToolFilter;
  readonly facts: () => HostFacts;
  /** What follows for the whole conversation from an error; the error, where a sign-in is what it takes. */
  readonly trouble: (thrown: unknown) => McpassError | undefined;
  /** Something was answered that the server itself would answer otherwise. */
  readonly onAnsweredHere: () => void;
  /** The server did not take this list's request, although it had been opened. */
  readonly onGone: (list: Frame) => void;
}

const listWaitMs = 1_000;

/** Gets the host's requests answered: by the server, or, where that cannot be, here. Every one has exactly one answer, but for those that the host cancelled. */
export class Service {
  readonly #parts: ServiceParts;
  /** The host was shown the tool that signs in. */
  #offered = false;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
  }

  async serve(frame: Frame, underWay: UnderWay): Promise<void> {
    if (await this.#isAway(frame)) return this.#listHere(frame, frame.method ?? "", undefined, undefined);
    const failure = await this.#attempt(frame, underWay);
    if (failure !== undefined) await this.fail(frame, failure.thrown, underWay);
  }

  /** A host starts with lists: a server that takes long to open is not waited for where it is known what it listed. It goes on opening, and tells. */
  async #isAway(frame: Frame): Promise<boolean> {
    const { cache, line } = this.#parts;
    if (line.current() !== undefined || !isList(frame.method) || glanceAt(frame)["cursor"] !== undefined || cache.list(frame.method) === undefined) return false;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, listWaitMs, true)));
    const here = line.channel().then(
      () => false,
      () => false,
    );
    return Promise.race([late, here]).finally(() => clearTimeout(timer));
  }

  /** What the server did not answer is answered here; what the host cancelled is not. */
  async fail(frame: Frame, thrown: unknown, underWay: UnderWay): Promise<void> {
    const { asker, line, facts, trouble, onGone } = this.#parts;
    const { host, server } = asker;
    const error = findMcpassError(thrown);
    if (error?.code === "cancelled") return error.message === cancelledByHost ? undefined : host.send(errorAnswer(frame, server, error));
    if (error?.code === "timed_out") void line.current()?.cancel(frame).catch(() => undefined);
    const wanted = trouble(thrown);
    const away = line.current() === undefined;
    if (away && wanted === undefined) line.keepTrying();
    const gone = !away && wanted === undefined && error?.code === "unreachable";
    if (gone && isList(frame.method)) onGone(frame);
    if (isList(frame.method) && (wanted !== undefined || away || gone)) return this.#listHere(frame, frame.method, wanted, thrown);
    if (wanted === undefined) return host.send(errorAnswer(frame, server, thrown));
    underWay.pause();
    const asked = await askToSignIn(asker, facts(), frame, wanted, underWay.signal).catch((reason: unknown): Asked | undefined => (underWay.signal.aborted ? undefined : { answer: errorAnswer(frame, server, reason) }));
    underWay.restart();
    if (asked === undefined) return;
    if ("answer" in asked) return host.send(asked.answer);
    // At most once: a server that wants a sign-in right after one is not to be asked in a circle.
    const failure = await this.#attempt(asked.again, underWay);
    if (failure !== undefined) await host.send(errorAnswer(frame, server, failure.thrown));
  }

  async #attempt(frame: Frame, underWay: UnderWay): Promise<{ readonly thrown: unknown } | undefined> {
    const { asker, line, filter, facts } = this.#parts;
    // Here, where every way to the server begins.
    if (filter.ignores(frame)) return void (await asker.host.send(toolSays(frame, `${asker.server} has no such tool here: it is left out by the settings of mcpass.`, facts().era)));
    let answered = false;
    const receive: Receive = async (message) => {
      if (message.kind !== "response") {
        // While the host is asked something, a person may be; while it does not read, it is not the server that is silent.
        if (message.kind === "request" && message.id !== undefined) underWay.asked(message.id);
        else underWay.pause();
        await asker.host.send(message, frame.id);
        return underWay.restart();
      }
      if (message.id !== frame.id) return;
      if (answered || underWay.signal.aborted) return;
      answered = true;
      await asker.host.send(this.#settle(frame, message));
    };
    try {
      const channel = await line.channel(underWay.signal);
      if (this.#isSignIn(frame)) await asker.host.send(this.#signedIn(frame));
      // Whatever it waits for on its way to the server.
      else await orCancelled(channel.request(frame, receive, underWay), underWay.signal);
      return undefined;
    } catch (thrown) {
      return answered ? undefined : { thrown: underWay.signal.aborted ? underWay.signal.reason : thrown };
    }
  }

  /** What was listed last, so that a host does not take the server for empty; without that, the way to sign in. U03 */
  async #listHere(frame: Frame, method: string, wanted: McpassError | undefined, thrown: unknown): Promise<void> {
    const { asker, cache, facts, filter, onAnsweredHere } = this.#parts;
    const { host, server } = asker;
    const { era } = facts();
    onAnsweredHere();
    // The cache knows no pages: the rest of a list that was begun with the server is the server's.
    const kept = glanceAt(frame)["cursor"] === undefined ? cache.list(method) : undefined;
    if (kept !== undefined) return host.send(filter.without(listAnswer(frame, kept, era)));
    if (wanted === undefined) return host.send(errorAnswer(frame, server, thrown));
    this.#offered ||= method === "tools/list";
    await host.send(listAnswer(frame, method === "tools/list" ? signInTools(server) : { [lists[method] ?? ""]: [] }, era));
  }

  /** The last look at a list before it goes to the host; whatever else is answered goes as it is. */
  #settle(frame: Frame, answer: Frame): Frame {
    const { method } = frame;
    if (isUnwantedTask(frame, answer)) return missingTasks(frame);
    if (!isList(method)) return answer;
    const { cache, facts, filter } = this.#parts;
    const { error } = answer.message();
    // Capabilities were promised before the server was asked.
    if (objectOf(error)["code"] === -32_601) return listAnswer(frame, { [lists[method] ?? ""]: [] }, facts().era);
    if (method === "tools/list") this.#offered = false;
    if (error === undefined) cache.noteList(method, answer, glanceAt(frame)["cursor"]);
    return method === "tools/list" ? filter.without(answer) : answer;
  }

  #isSignIn(frame: Frame): boolean {
    return this.#offered && frame.method === "tools/call" && glanceAt(frame)["name"] === signInTool && this.#parts.asker.gate.needed === undefined;
  }

  #signedIn(frame: Frame): Frame {
    const { asker, facts } = this.#parts;
    return resultAnswer(frame, { content: [{ type: "text", text: `${asker.server} is signed in to. Its tools are listed now.` }] }, facts().era);
  }
}
