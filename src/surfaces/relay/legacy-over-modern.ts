import { McpassError } from "../../base/errors.ts";
import { isRecord } from "../../connection/json-rpc.ts";
import type { Channel, Opening } from "./channel.ts";
import { finishTask } from "./finish-task.ts";
import { type Frame, glanceAt, hasResult, makeFrame, type RpcId, type RpcObject } from "./frame.ts";
import type { Host } from "./host.ts";
import { mayAsk } from "./may-ask.ts";
import type { HostFacts } from "./open-channel.ts";
import { answerAs, rebuilt } from "./rebuilt.ts";
import type { UnderWay } from "./requests.ts";
import { metaKeys, modernMeta, objectOf } from "./revision-words.ts";
import { declaresTasks, refuseTasks, withoutTasks, withTasksDeclared } from "./tasks.ts";
import type { Receive } from "./wire.ts";

interface Parts {
  readonly channel: Channel;
  readonly host: Host;
  readonly facts: HostFacts;
  readonly onTrouble: (error: McpassError) => void;
}

/** A request under this id, with more parameters and what the revision wants said with each. */
interface Sent {
  readonly frame: Frame;
  readonly id: RpcId | undefined;
  readonly extra: RpcObject;
  readonly meta: RpcObject;
}

/** How often one request may be asked back before it is given up. */
const mostRounds = 10;

/** A host that opens with `initialize` in front of a server of 2026-07-28. */
export class LegacyOverModern implements Channel {
  readonly opening: Opening;
  readonly #parts: Parts;
  readonly #meta: RpcObject;
  /** Of requests that may become tasks, which the host is not told. */
  readonly #taskMeta: RpcObject;
  readonly #subscribed = new Set<string>();
  #logLevel: unknown;
  #listening = new AbortController();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.opening = parts.channel.opening;
    const { capabilities, clientInfo } = parts.facts;
    this.#meta = modernMeta(withoutTasks(capabilities), clientInfo);
    this.#taskMeta = modernMeta(withTasksDeclared(withoutTasks(capabilities)), clientInfo);
    this.#listen();
  }

  async request(frame: Frame, receive: Receive, underWay: UnderWay): Promise<void> {
    const refused = refuseTasks(frame);
    if (refused !== undefined) return receive(refused);
    if (this.#keep(frame)) return receive(makeFrame({ jsonrpc: "2.0", id: frame.id, result: {} }));
    let extra: RpcObject = {};
    let meta = this.#meta;
    for (let round = 0; round <= mostRounds; round += 1) {
      const answer = await this.#send({ frame, id: round === 0 ? frame.id : `${String(frame.id)}~${String(round)}`, extra, meta }, receive, underWay);
      if (answer === undefined) return;
      // Only for a tool that cannot be called otherwise.
      if (meta === this.#meta && wantsTask(answer)) {
        meta = this.#taskMeta;
        continue;
      }
      const task = meta === this.#taskMeta ? resultOf(answer, "task") : undefined;
      if (task !== undefined) return receive(toLegacy(await this.#finish(frame, task, underWay), frame));
      const wanted = resultOf(answer, "input_required");
      if (wanted === undefined) return receive(toLegacy(answer, frame));
      underWay.pause();
      extra = await provide(this.#parts, frame, wanted, underWay.signal);
      underWay.restart();
    }
    throw new McpassError("protocol_failed", `The server asked back more than ${String(mostRounds)} times for one request.`);
  }

  /** What a host of this era tells has no place there: the end of a request cancels it, and answers go with the request that is sent again. */
  async pass(): Promise<void> {}

  async cancel(): Promise<void> {}

  async follow(): Promise<undefined> {}

  async close(): Promise<void> {
    this.#listening.abort();
    await this.#parts.channel.close();
  }

  /** True for what is only remembered here, and said with every request. */
  #keep(frame: Frame): boolean {
    const { uri, level } = glanceAt(frame);
    if (frame.method === "logging/setLevel") this.#logLevel = level;
    else if (frame.method === "resources/subscribe") this.#subscribed.add(String(uri));
    else if (frame.method === "resources/unsubscribe") this.#subscribed.delete(String(uri));
    else return false;
    if (frame.method !== "logging/setLevel") this.#listen();
    return true;
  }

  #listen(): void {
    const { channel, host, onTrouble } = this.#parts;
    this.#listening.abort();
    this.#listening = new AbortController();
    const changing = (list: string): boolean => objectOf(objectOf(this.opening.result["capabilities"])[list])["listChanged"] === true;
    const filter = {
      ...(changing("tools") ? { toolsListChanged: true } : {}),
      ...(changing("prompts") ? { promptsListChanged: true } : {}),
      ...(changing("resources") ? { resourcesListChanged: true } : {}),
      ...(this.#subscribed.size > 0 ? { resourceSubscriptions: [...this.#subscribed] } : {}),
    };
    if (Object.keys(filter).length === 0) return;
    const tell = (method: string, params: RpcObject): Promise<void> => host.tell({ method, params: withoutSubscription(params) });
    void channel.follow({ filter, meta: this.#meta, tell, signal: this.#listening.signal }).then((error) => (error === undefined ? undefined : onTrouble(error)));
  }

  /** What the call of this task comes to. */
  async #finish(frame: Frame, task: RpcObject, underWay: UnderWay): Promise<Frame> {
    let count = 0;
    const ask = async (method: string, params: RpcObject, until: UnderWay): Promise<RpcObject> => {
      count += 1;
      const asked = makeFrame({ jsonrpc: "2.0", id: `${String(frame.id)}~task~${String(count)}`, method, params });
      const answer = await this.#send({ frame: asked, id: asked.id, extra: {}, meta: this.#taskMeta }, async () => {}, until);
      if (answer === undefined) throw new McpassError("protocol_failed", `The server did not answer ${method}.`);
      return answer.message();
    };
    const provided = async (inputRequests: RpcObject): Promise<RpcObject> => {
      underWay.pause();
      const { inputResponses } = await provide(this.#parts, frame, { inputRequests }, underWay.signal);
      underWay.restart();
      return objectOf(inputResponses);
    };
    return makeFrame({ jsonrpc: "2.0", id: frame.id, ...(await finishTask(task, { ask, provide: provided, underWay })) });
  }

  async #send({ frame, id, extra, meta }: Sent, receive: Receive, underWay: UnderWay): Promise<Frame | undefined> {
    const own = { ...meta, ...(this.#logLevel === undefined ? {} : { [metaKeys.logLevel]: this.#logLevel }) };
    const sent = rebuilt(frame, "params", { id, method: frame.method }, (params) => ({ ...params, ...extra, _meta: { ...objectOf(params["_meta"]), ...own } }));
    let answer: Frame | undefined;
    const hear: Receive = async (message) => {
      if (message.kind === "response") answer = message;
      else await receive(message);
    };
    await this.#parts.channel.request(sent, hear, underWay);
    return answer;
  }
}

/** A result, where it is of this type. */
function resultOf(answer: Frame, type: string): RpcObject | undefined {
  if (!answer.text.includes(`"${type}"`) || glanceAt(answer, "result")["resultType"] !== type) return undefined;
  return objectOf(answer.message()["result"]);
}

/** The server can only do it as a task. */
function wantsTask(answer: Frame): boolean {
  if (answer.text.length > 64 * 1024 || !answer.text.includes("-32021")) return false;
  const { code, data } = objectOf(answer.message()["error"]);
  return code === -32_021 && declaresTasks(objectOf(data)["requiredCapabilities"]);
}

/** Asks the host what the server wants to know. A host that cannot be asked, or will not answer, cancels a question; anything else fails the request. */
async function provide({ host, facts }: Pick<Parts, "host" | "facts">, asking: Frame, { inputRequests, requestState }: RpcObject, signal: AbortSignal): Promise<RpcObject> {
  const answers = await Promise.all(
    Object.entries(objectOf(inputRequests)).map(async ([key, asked]) => {
      const { method, params } = objectOf(asked);
      const able = mayAsk(facts.capabilities, method, objectOf(params));
      const answer: RpcObject = able ? await host.ask(String(method), withElicitationId(objectOf(params)), signal, asking.id) : { error: { message: "it did not declare that it can" } };
      if (isRecord(answer["result"])) return [key, answer["result"]] as const;
      if (method === "elicitation/create") return [key, { action: "cancel" }] as const;
      throw new McpassError("protocol_failed", `The host could not answer ${String(method).slice(0, 100)}: ${String(objectOf(answer["error"])["message"] ?? "no reason given").slice(0, 300)}`);
    }),
  );
  return { inputResponses: Object.fromEntries(answers), ...(requestState === undefined ? {} : { requestState }) };
}

/** Until 2025-11-25 an address to open has an id. */
function withElicitationId(params: RpcObject): RpcObject {
  return params["mode"] === "url" && params["elicitationId"] === undefined ? { ...params, elicitationId: `mcpass-${Math.random().toString(36).slice(2)}` } : params;
}

/** Codes that older revisions do not know get those they have. */
function toLegacy(answer: Frame, asked: Frame): Frame {
  const { id, method } = asked;
  if (hasResult(answer)) return rebuilt(answer, "result", { id }, ({ resultType: _type, ttlMs: _ttl, cacheScope: _scope, ...rest }) => rest);
  const error = objectOf(answer.message()["error"]);
  const { code, message, data } = error;
  if (code === -32_602 && method === "resources/read") return makeFrame({ jsonrpc: "2.0", id, error: { ...error, code: -32_002 } });
  if (code === -32_021) return makeFrame({ jsonrpc: "2.0", id, error: { code: -32_000, message: `This client lacks what the server needs of it: ${String(message)}`, data } });
  return answer.id === id ? answer : answerAs(answer, id);
}

function withoutSubscription(params: RpcObject): RpcObject {
  const { _meta, ...rest } = params;
  const { [metaKeys.subscriptionId]: _id, ...meta } = objectOf(_meta);
  return Object.keys(meta).length === 0 ? rest : { ...rest, _meta: meta };
}
