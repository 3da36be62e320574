import { product } from "../../base/product.ts";
import { legacyRevision } from "../../connection/protocol-words.ts";
import { errorAnswer, listAnswer, resultAnswer, toolSays } from "../relay/answers.ts";
import type { Era } from "../relay/channel.ts";
import { type Frame, glanceAt, hasResult, makeFrame, paramsOf, type RpcId, type RpcObject } from "../relay/frame.ts";
import type { Host } from "../relay/host.ts";
import { createListenDesk, type ListenDesk } from "../relay/listen-desk.ts";
import { refuseModern } from "../relay/modern-request.ts";
import { rebuilt } from "../relay/rebuilt.ts";
import { isModern, metaOf, objectOf } from "../relay/revision-words.ts";
import { withoutTasks } from "../relay/tasks.ts";
import type { Talk } from "./endpoint.ts";
import { keepSubscription, listenTo } from "./merged-lasting.ts";
import { readableItems } from "./merged-items.ts";
import { mergedName, mergedUri, readMergedUri, withMergedUris } from "./merged-names.ts";
import { mergedOpening } from "./merged-opening.ts";
import { MergedParts } from "./merged-parts.ts";
import { speaksOfTasks, withMergedTasks, withOwnTasks } from "./merged-tasks.ts";
import type { GatewayServers } from "./gateway-servers.ts";
import { members, type Part } from "./merged-part.ts";
import { listenKey } from "./own-uris.ts";
import { callName, searchingTools, searchName, searchTools } from "./search-tools.ts";

/** A request that one server answers under the host's own id. */
interface Routed {
  readonly part: Part;
  readonly method: string;
  /** It was named as it is called at the server itself, and so is what comes back. */
  readonly asIs: boolean;
}

export interface MergedOptions {
  readonly servers: GatewayServers;
  /** Lists two tools that find and call in place of all. */
  readonly search: boolean;
  /** Told of what a server does wrong. */
  readonly warn: (server: string, text: string) => void;
}

/** What is the member of each list that names its items, and how they are called where all servers are one. */
const naming: Readonly<Record<string, readonly [key: string, toMerged: (place: { readonly server: string; readonly name: string }) => string]>> = {
  "tools/list": ["name", mergedName],
  "prompts/list": ["name", mergedName],
  "resources/list": ["uri", mergedUri],
  "resources/templates/list": ["uriTemplate", mergedUri],
  "tasks/list": ["taskId", mergedUri],
};

/** All servers as one, for one host. A server that fails takes nothing but its own from it. */
export class MergedTalk implements Talk {
  readonly #host: Host;
  readonly #search: boolean;
  readonly #parts: MergedParts;
  readonly #desk: ListenDesk;
  readonly #routed = new Map<RpcId, Routed>();
  #era: Era = "legacy";

  constructor({ servers, search, warn }: MergedOptions, host: Host) {
    this.#host = host;
    this.#search = search;
    this.#desk = createListenDesk(host);
    this.#parts = new MergedParts({ servers, search, host, onAnswer: (part, answer) => this.#answered(part, answer), onChange: (method) => this.#tell(method), onCut: ({ server: { name } }, method, why) => warn(name, `${name}: ${method} ${why}; at /gateway the rest is left out, at /gateway/${encodeURIComponent(name)} it is not.`) });
  }

  async take(frame: Frame): Promise<void> {
    if (frame.kind === "response") return this.#parts.answer(frame);
    if (frame.kind === "notification") return this.#note(frame);
    void this.#serve(frame).catch((thrown: unknown) => void this.#host.send(errorAnswer(frame, product.name, thrown)));
  }

  close(): Promise<void> {
    return this.#parts.close();
  }

  async #serve(frame: Frame): Promise<void> {
    const modern = isModern(frame);
    this.#era = modern ? "modern" : "legacy";
    const refusal = modern ? refuseModern(frame) : undefined;
    if (refusal !== undefined) return this.#host.send(refusal);
    const { method = "" } = frame;
    if (method === "initialize") {
      const params = paramsOf(frame);
      // Tasks of the host's own would be seen by all servers.
      this.#parts.hello = makeFrame({ ...frame.message(), params: { ...params, capabilities: withoutTasks(objectOf(params["capabilities"])) } });
      return this.#send(frame, await this.#opening(this.#parts.hello));
    }
    if (method === "server/discover") return this.#send(frame, await this.#opening(frame));
    if (method === "ping") return this.#send(frame, {});
    if (method === "subscriptions/listen") return this.#listen(frame);
    if (Object.hasOwn(naming, method)) return this.#list(frame, method);
    if (method === "logging/setLevel") {
      this.#parts.lasts("level", (part) => void part.ask(method, paramsOf(frame)));
      return this.#send(frame, {});
    }
    return this.#route(frame, method);
  }

  async #opening(frame: Frame): Promise<RpcObject> {
    const { method = "" } = frame;
    const said = await Promise.all(this.#parts.all().map(async (part) => ({ server: part.server.name, opening: await part.greet(frame) })));
    const { protocolVersion } = paramsOf(frame);
    return mergedOpening(said, method === "initialize" ? (typeof protocolVersion === "string" ? protocolVersion : legacyRevision) : undefined);
  }

  async #list(frame: Frame, method: string): Promise<void> {
    const parts = this.#parts.all().filter((part) => part.lists(method));
    if (parts.length === 0 && method === "tasks/list") return this.#unknown(frame, method);
    const items = this.#search && method === "tools/list" ? searchingTools(parts.map(({ server: { name } }) => name)) : (await this.#listed(parts, method, frame)).map(({ item }) => item);
    await this.#host.send(listAnswer(frame, { [members[method] ?? ""]: items }, this.#era));
  }

  async #listed(parts: readonly Part[], method: string, frame: Frame): Promise<readonly { readonly server: string; readonly item: RpcObject }[]> {
    const [key = "", toMerged = mergedName] = naming[method] ?? [];
    const listed = await Promise.all(
      parts.map(async (part) => {
        const server = part.server.name;
        const items = readableItems(method, key, await part.list(method, metaParams(frame)));
        return items.map((item) => ({ server, item: { ...item, [key]: toMerged({ server, name: String(item[key]) }) } }));
      }),
    );
    return listed.flat();
  }

  /** To the one server that it is for, under the host's own id. */
  async #route(frame: Frame, method: string): Promise<void> {
    const params = glanceAt(frame);
    if (this.#search && method === "tools/call" && params["name"] === searchName) return this.#find(frame);
    if (this.#search && method === "tools/call" && params["name"] === callName) return this.#route(calledTool(frame), method);
    if (method === "tools/call" || method === "prompts/get") {
      const place = await this.#parts.find(method === "tools/call" ? "tools/list" : "prompts/list", String(params["name"]), metaParams(frame));
      if (place === undefined) return this.#refuse(frame, `There is no ${method === "tools/call" ? "tool" : "prompt"} called ${String(params["name"]).slice(0, 200)}.`);
      return this.#pass(frame, place.part, { name: place.name });
    }
    if (method === "completion/complete") return this.#complete(frame, params);
    if (method === "resources/read" || method === "resources/subscribe" || method === "resources/unsubscribe") return this.#resource(frame, params);
    if (method.startsWith("tasks/")) return this.#task(frame, params);
    await this.#unknown(frame, method);
  }

  async #resource(frame: Frame, params: RpcObject): Promise<void> {
    const uri = String(params["uri"]);
    const place = readMergedUri(uri);
    // Else it is as a server itself calls it, in a tool's text perhaps: whoever has it, in the order of the configuration.
    const part = place === undefined ? await this.#parts.owner(uri, metaParams(frame)) : this.#parts.named(place.server);
    if (part === undefined) return this.#refuse(frame, `There is no resource ${uri.slice(0, 200)}.`, this.#era === "legacy" ? -32_002 : -32_602);
    keepSubscription(this.#parts, frame.method, { server: part.server.name, name: place?.name ?? uri }, place === undefined);
    return this.#pass(frame, part, place === undefined ? {} : { uri: place.name }, place === undefined);
  }

  #task(frame: Frame, params: RpcObject): Promise<void> {
    const id = String(params["taskId"]);
    const part = this.#parts.named(readMergedUri(id)?.server ?? "");
    return part === undefined ? this.#refuse(frame, `There is no task ${id.slice(0, 200)}.`) : this.#pass(frame, part, {});
  }

  async #complete(frame: Frame, params: RpcObject): Promise<void> {
    const ref = objectOf(params["ref"]);
    const uri = ref["type"] === "ref/resource" ? readMergedUri(String(ref["uri"])) : undefined;
    const part = uri === undefined ? undefined : this.#parts.named(uri.server);
    if (part !== undefined && uri !== undefined) return this.#pass(frame, part, { ref: { ...ref, uri: uri.name } });
    const place = ref["type"] === "ref/prompt" ? await this.#parts.find("prompts/list", String(ref["name"]), metaParams(frame)) : undefined;
    if (place === undefined) return this.#refuse(frame, "There is nothing like it to complete.");
    return this.#pass(frame, place.part, { ref: { ...ref, name: place.name } });
  }

  /** `own`: how what is meant is called at the server. */
  #pass(frame: Frame, part: Part, own: RpcObject, asIs = false): Promise<void> {
    const { id, method } = frame;
    if (id !== undefined) this.#routed.set(id, { part, method: method ?? "", asIs });
    return part.take(rebuilt(frame, "params", { id, method }, (params) => (speaksOfTasks(frame.text) ? withOwnTasks(part.server.name, { ...params, ...own }) : { ...params, ...own })));
  }

  async #find(frame: Frame): Promise<void> {
    const given = objectOf(paramsOf(frame)["arguments"]);
    const listed = await this.#listed(this.#parts.all(), "tools/list", frame);
    const tools = searchTools(listed.map(({ server, item }) => ({ server, tool: item })), given);
    if (tools.length === 0) return this.#host.send(toolSays(frame, `No tool fits. ${String(listed.length)} are there, of ${this.#parts.all().map(({ server: { name } }) => name).join(", ")}: ask in other words, or with an empty query and a server for all of its tools.`, this.#era));
    await this.#send(frame, { content: [{ type: "text", text: JSON.stringify(tools) }], structuredContent: { tools } });
  }

  async #answered(part: Part, answer: Frame): Promise<void> {
    const routed = answer.id === undefined ? undefined : this.#routed.get(answer.id);
    if (answer.id === undefined || routed?.part !== part) return;
    this.#routed.delete(answer.id);
    const { name } = part.server;
    const isNamed = !routed.asIs && (routed.method === "resources/read" || answer.text.includes('"resource') || speaksOfTasks(answer.text));
    await this.#host.send(isNamed && hasResult(answer) ? rebuilt(answer, "result", { id: answer.id }, (result) => withMergedTasks(name, withMergedUris(name, result))) : answer);
  }

  async #note(frame: Frame): Promise<void> {
    if (frame.method !== "notifications/cancelled") return this.#parts.note(frame);
    const { requestId } = paramsOf(frame);
    const id = requestId as RpcId;
    const routed = this.#routed.get(id);
    this.#routed.delete(id);
    this.#parts.forget(listenKey(id));
    if (this.#desk.end(id)) await Promise.all(this.#parts.all().map((part) => part.take(frame)));
    else await routed?.part.take(frame);
  }

  /** Each server tells what it has; what belongs to no server is told from here. */
  #listen(frame: Frame): Promise<void> {
    return this.#desk.begin(frame, (listening) => void listenTo(this.#parts, frame, listening, metaParams(frame)).catch(() => undefined));
  }

  #tell(method: string): void {
    if (this.#era === "modern") this.#desk.emit(method);
    else void this.#host.tell({ method });
  }

  #send(frame: Frame, result: RpcObject): Promise<void> {
    return this.#host.send(resultAnswer(frame, result, this.#era));
  }

  #unknown(frame: Frame, method: string): Promise<void> {
    return this.#refuse(frame, `${method.slice(0, 100)} is no method of this server.`, -32_601);
  }

  #refuse(frame: Frame, message: string, code = -32_602): Promise<void> {
    return this.#host.send(makeFrame({ jsonrpc: "2.0", id: frame.id, error: { code, message } }));
  }
}

/** What the tool is asked to call that calls others. */
function calledTool(frame: Frame): Frame {
  const { id, method } = frame;
  return rebuilt(frame, "params", { id, method }, (params) => {
    const { name, arguments: given } = objectOf(params["arguments"]);
    return { ...params, name, arguments: objectOf(given) };
  });
}

/** What a request of 2026-07-28 must carry is carried by those that are made of it. */
function metaParams(frame: Frame): RpcObject {
  if (!isModern(frame)) return {};
  const { progressToken: _token, ...meta } = metaOf(frame);
  return { _meta: meta };
}
