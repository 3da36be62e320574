import { errorAnswer, lists } from "../relay/answers.ts";
import { type Frame, glanceAt, makeFrame, paramsOf, type RpcId, type RpcObject } from "../relay/frame.ts";
import { createHost, type Host } from "../relay/host.ts";
import { readPages } from "../relay/pages.ts";
import { rebuilt } from "../relay/rebuilt.ts";
import { metaKeys, metaOf, objectOf } from "../relay/revision-words.ts";
import type { Talk } from "./endpoint.ts";
import type { GatewayServer } from "./gateway-servers.ts";
import { callsTools, speaksOfTasks, withMergedTasks } from "./merged-tasks.ts";

export interface PartOptions {
  readonly server: GatewayServer;
  /** The host is listed two tools in place of all. */
  readonly search: boolean;
  /** Of all servers as one. */
  readonly host: Host;
  /** An answer to a request that was passed on under the host's own id. */
  readonly onAnswer: (part: Part, answer: Frame) => Promise<void>;
  /** A request of the server's, for the host; gives it the id that is told apart from those of other servers. */
  readonly onAsked: (part: Part, asked: Frame) => Frame;
  /** A request that the server no longer wants answered: its id for the host. */
  readonly askedAs: (part: Part, id: RpcId) => RpcId | undefined;
  /** What a resource of its own is called for the host, in what is told of this listening of the host's. */
  readonly uriFor: (part: Part, uri: string, listening: RpcId | undefined) => string;
  /** It lists something else than was said. */
  readonly onChange: (method: string) => void;
  /** A list of a server's was not read to its end. */
  readonly onCut: (part: Part, method: string, why: string) => void;
}

/** The lists that are asked of each server, by the member their items are in. */
export const members: Readonly<Record<string, string>> = { ...lists, "tasks/list": "tasks" };

/** How long each page of a list is waited for, and all of them. One that failed lately comes later, or not at all. */
const listMs = 4_000;
const failingMs = 300;
const wholeMs = 30_000;

const changeOf: Readonly<Record<string, string>> = { "tools/list": "notifications/tools/list_changed", "prompts/list": "notifications/prompts/list_changed", "resources/list": "notifications/resources/list_changed", "resources/templates/list": "notifications/resources/list_changed" };

/** One server of many, for one host. */
export class Part {
  readonly server: GatewayServer;
  readonly #options: PartOptions;
  readonly #talk: Talk;
  readonly #asks = new Map<RpcId, (answer: Frame) => void>();
  readonly #known = new Map<string, readonly RpcObject[]>();
  /** What it can do with tasks. 2025-11-25 */
  #tasks: RpcObject = {};
  #failing = false;
  #count = 0;

  constructor(options: PartOptions) {
    this.server = options.server;
    this.#options = options;
    this.#talk = options.server.open(createHost((frame, regarding) => this.#hear(frame, regarding)), { finishesTasks: options.search });
  }

  take(frame: Frame): Promise<void> {
    return this.#talk.take(frame);
  }

  close(): Promise<void> {
    return this.#talk.close();
  }

  /** What it says of itself to this host. */
  async greet(frame: Frame): Promise<RpcObject> {
    const opening = objectOf((await this.ask(frame.method ?? "", paramsOf(frame))).message()["result"]);
    this.#tasks = objectOf(objectOf(opening["capabilities"])["tasks"]);
    return opening;
  }

  /** Tasks are listed by servers that say so. */
  lists(method: string): boolean {
    return method !== "tasks/list" || this.#tasks["list"] !== undefined;
  }

  /** A request of the gateway's own. Always gives an answer, at the latest when its deadline has come. */
  ask(method: string, params: RpcObject): Promise<Frame> {
    this.#count += 1;
    const id = `mcpass-part-${String(this.#count)}`;
    const frame = makeFrame({ jsonrpc: "2.0", id, method, params });
    return new Promise((resolve) => {
      this.#asks.set(id, resolve);
      this.#talk.take(frame).catch((thrown: unknown) => resolve(errorAnswer(frame, this.server.name, thrown)));
    });
  }

  /** Whether it has a resource of this URI; no is also what it does not say in time. */
  async reads(uri: string, meta: RpcObject): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => (timer = setTimeout(resolve, listMs, undefined)));
    const answer = await Promise.race([this.ask("resources/read", { ...meta, uri }), late]);
    clearTimeout(timer);
    return answer !== undefined && "contents" in glanceAt(answer, "result");
  }

  /** All pages of a list; what it was last where it does not come in time, and then it is told when it is another. */
  async list(method: string, meta: RpcObject): Promise<readonly RpcObject[]> {
    let over = false;
    const timers: NodeJS.Timeout[] = [];
    const late = new Promise<undefined>((resolve) => timers.push(...[this.#failing ? failingMs : listMs, wholeMs].map((ms) => setTimeout(resolve, ms, undefined))));
    const onPage = (): void => void (over ? undefined : timers[0]?.refresh());
    const all = this.#pages(method, meta, onPage).then((items) => {
      this.#failing = items === undefined;
      const before = this.#known.get(method);
      if (items !== undefined) this.#known.set(method, items);
      const change = changeOf[method];
      if (over && change !== undefined && items !== undefined && JSON.stringify(before) !== JSON.stringify(items)) this.#options.onChange(change);
      return items;
    });
    const items = await Promise.race([all, late]);
    over = true;
    timers.forEach(clearTimeout);
    this.#failing = items === undefined;
    return items ?? this.#known.get(method) ?? [];
  }

  async #pages(method: string, meta: RpcObject, onPage: () => void): Promise<readonly RpcObject[] | undefined> {
    const listed = await readPages(members[method] ?? "", async (page) => {
      const { result } = (await this.ask(method, { ...meta, ...page })).message();
      onPage();
      return result;
    });
    if (listed?.cut !== undefined) this.#options.onCut(this, method, listed.cut);
    return listed?.items.map((item) => this.#listed(item));
  }

  /** A tool is no task where its server does none: other servers may. */
  #listed(item: RpcObject): RpcObject {
    return item["execution"] === undefined || callsTools(this.#tasks) ? item : { ...item, execution: undefined };
  }

  async #hear(frame: Frame, regarding: RpcId | undefined): Promise<void> {
    const { host, onAnswer, onAsked } = this.#options;
    if (frame.kind === "response") {
      const resolve = frame.id === undefined ? undefined : this.#asks.get(frame.id);
      if (resolve === undefined || frame.id === undefined) return onAnswer(this, frame);
      this.#asks.delete(frame.id);
      return resolve(frame);
    }
    // What belongs to a request of our own belongs to none of the host's.
    const own = regarding !== undefined && this.#asks.has(regarding) ? undefined : regarding;
    // Nobody is asked for something that nobody wanted, nor for tasks, which would be those of all servers.
    if (frame.kind === "request" && (own !== regarding || frame.method?.startsWith("tasks/") === true)) return this.#talk.take(makeFrame({ jsonrpc: "2.0", id: frame.id, error: { code: -32_601, message: "The client cannot be asked here." } }));
    if (frame.kind === "request") return host.send(onAsked(this, frame), own);
    const told = this.#told(frame);
    return told === undefined ? undefined : host.send(told, own);
  }

  /** As the host knows it; undefined: it is not for the host. */
  #told(frame: Frame): Frame | undefined {
    // Said once, for all servers.
    if (frame.method === "notifications/subscriptions/acknowledged") return undefined;
    const { method } = frame;
    if (method === "notifications/resources/updated") {
      const { uri } = glanceAt(frame);
      return rebuilt(frame, "params", { method }, (params) => ({ ...params, uri: this.#options.uriFor(this, String(uri), metaOf(frame)[metaKeys.subscriptionId] as RpcId | undefined) }));
    }
    if (speaksOfTasks(frame.text)) return rebuilt(frame, "params", { method }, (params) => withMergedTasks(this.server.name, params));
    if (method !== "notifications/cancelled") return frame;
    const requestId = this.#options.askedAs(this, glanceAt(frame)["requestId"] as RpcId);
    return requestId === undefined ? undefined : rebuilt(frame, "params", { method }, (params) => ({ ...params, requestId }));
  }
}
