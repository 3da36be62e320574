import { type Frame, hasResult, makeFrame, type RpcId, type RpcObject } from "../relay/frame.ts";
import type { Host } from "../relay/host.ts";
import { answerAs, rebuilt } from "../relay/rebuilt.ts";
import type { GatewayServers } from "./gateway-servers.ts";
import { mayMean, mergedName, readMergedName } from "./merged-names.ts";
import { speaksOfTasks, withMergedTasks, withOwnTasks } from "./merged-tasks.ts";
import { Part, type PartOptions } from "./merged-part.ts";
import { OwnUris } from "./own-uris.ts";

export interface PartsOptions {
  readonly servers: GatewayServers;
  readonly search: boolean;
  readonly host: Host;
  readonly onAnswer: (part: Part, answer: Frame) => Promise<void>;
  readonly onChange: (method: string) => void;
  readonly onCut: PartOptions["onCut"];
}

const changes = ["notifications/tools/list_changed", "notifications/prompts/list_changed", "notifications/resources/list_changed"];

/** The servers of one host, as they come and go, and the way to each. */
export class MergedParts {
  /** Of a host before 2026-07-28: its `initialize`, which is said to servers that come later too. */
  hello: Frame | undefined;
  readonly own = new OwnUris();
  readonly #options: PartsOptions;
  readonly #parts = new Map<string, Part>();
  readonly #asked = new Map<RpcId, { readonly part: Part; readonly id: RpcId }>();
  readonly #lasting = new Map<string, (part: Part) => void>();
  readonly #stop: () => void;
  #initialized = false;
  #closed = false;
  #count = 0;

  constructor(options: PartsOptions) {
    this.#options = options;
    this.#stop = options.servers.onChange(() => {
      this.all();
      for (const method of changes) options.onChange(method);
    });
  }

  /** In the order of the configuration. */
  all(): readonly Part[] {
    if (this.#closed) return [];
    const names = this.#options.servers.names();
    for (const [name, part] of this.#parts) if (!names.includes(name) || !part.server.isCurrent()) this.#drop(name, part);
    return names.map((name) => this.#parts.get(name) ?? this.#open(name));
  }

  named(server: string): Part | undefined {
    return this.all().find(({ server: { name } }) => name === server);
  }

  /** Said to all of them, and to those that come. */
  lasts(key: string, say: (part: Part) => void): void {
    this.all().forEach(say);
    this.remember(key, say);
  }

  /** Said to those that come, until it is forgotten. */
  remember(key: string, say: (part: Part) => void): void {
    this.#lasting.set(key, say);
  }

  forget(key: string): void {
    this.#lasting.delete(key);
    this.own.forget(key);
  }

  /** What is called like that where all servers are one. Names that cannot be read back are looked up in the lists of those that they may be of. */
  async find(list: string, merged: string, meta: RpcObject): Promise<{ readonly part: Part; readonly name: string } | undefined> {
    const plain = readMergedName(merged);
    const known = plain === undefined ? undefined : this.named(plain.server);
    if (plain !== undefined) return known === undefined ? undefined : { part: known, name: plain.name };
    for (const part of this.all()) {
      const server = part.server.name;
      const item = mayMean(merged, server) ? (await part.list(list, meta)).find(({ name }) => typeof name === "string" && mergedName({ server, name }) === merged) : undefined;
      if (item !== undefined) return { part, name: String(item["name"]) };
    }
    return undefined;
  }

  /** Whose resource it is by a name that is not of ours: who lists it, else who can read it. */
  async owner(uri: string, meta: RpcObject): Promise<Part | undefined> {
    const parts = this.all();
    const lists = await Promise.all(parts.map((part) => part.list("resources/list", meta)));
    const listed = parts.find((_, index) => lists[index]?.some((item) => item["uri"] === uri) === true);
    if (listed !== undefined) return listed;
    for (const part of parts) if (await part.reads(uri, meta)) return part;
    return undefined;
  }

  /** The host's answer to what a server asked. */
  async answer(frame: Frame): Promise<void> {
    const asked = frame.id === undefined ? undefined : this.#asked.get(frame.id);
    if (frame.id === undefined || asked === undefined) return;
    this.#asked.delete(frame.id);
    const { part, id } = asked;
    await part.take(hasResult(frame) && speaksOfTasks(frame.text) ? rebuilt(frame, "result", { id }, (result) => withOwnTasks(part.server.name, result)) : answerAs(frame, id));
  }

  /** What is for all of them. */
  async note(frame: Frame): Promise<void> {
    this.#initialized ||= frame.method === "notifications/initialized";
    await Promise.all(this.all().map((part) => part.take(frame)));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stop();
    await Promise.all([...this.#parts.values()].map((part) => part.close()));
  }

  #open(name: string): Part {
    const { host, servers, search, onAnswer, onChange, onCut } = this.#options;
    const part = new Part({ server: servers.require(name), search, host, onAnswer, onChange, onCut, uriFor: (by, uri, listening) => this.own.uriFor({ server: by.server.name, name: uri }, listening), onAsked: (by, asked) => this.#askedBy(by, asked), askedAs: (by, id) => [...this.#asked].find(([, each]) => each.part === by && each.id === id)?.[0] });
    this.#parts.set(name, part);
    if (this.#initialized && this.hello !== undefined) {
      void part.greet(this.hello);
      void part.take(makeFrame({ jsonrpc: "2.0", method: "notifications/initialized" }));
    }
    for (const say of this.#lasting.values()) say(part);
    return part;
  }

  #askedBy(part: Part, asked: Frame): Frame {
    this.#count += 1;
    const id = `mcpass-asks-${String(this.#count)}`;
    if (asked.id !== undefined) this.#asked.set(id, { part, id: asked.id });
    return rebuilt(asked, "params", { id, method: asked.method }, speaksOfTasks(asked.text) ? (params) => withMergedTasks(part.server.name, params) : undefined);
  }

  #drop(name: string, part: Part): void {
    this.#parts.delete(name);
    // First: what it asked is taken back by the ids that are known here.
    void part.close();
    for (const [id, each] of this.#asked) if (each.part === part) this.#asked.delete(id);
  }
}
