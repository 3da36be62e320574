import { type ManagerOptions, openCore } from "./core-manager.ts";
import type { Manager } from "./manager-types.ts";
import { outsideStatus } from "./outside-status.ts";
import type { Servers, Standing, StandingParts } from "./standing.ts";

export type { ManagerOptions } from "./core-manager.ts";
export type * from "./manager-types.ts";
export type { CoreManager } from "./standing.ts";

/** All servers by name, for a program that stays. What a command would not need is loaded with its first use. */
export function createManager(options: ManagerOptions): Manager {
  return openManager(options).manager;
}

/** The same, with the servers that it is made of. */
export function openManager(options: ManagerOptions): { readonly manager: Manager; readonly servers: Servers } {
  const parts = openCore(options);
  return { manager: managerOf(parts), servers: parts.servers };
}

function managerOf(parts: StandingParts): Manager {
  const { core, servers: { states }, shared: { events } } = parts;
  let standing: Promise<Standing> | undefined;
  const load = async (): Promise<Standing> => (await import("./standing.ts")).createStanding(parts);
  const later = <Name extends keyof Standing>(method: Name): Standing[Name] => {
    const call = async (...words: never[]): Promise<unknown> => ((await (standing ??= load()))[method] as (...given: never[]) => unknown)(...words);
    return call as Standing[Name];
  };
  return {
    ...core,
    list: () => [...states.values()].map((state) => state.snapshot()),
    status: () => Object.fromEntries([...states].map(([name, { cell }]) => [name, outsideStatus(cell)])),
    subscribe: (listener) => events.subscribe(listener),
    connect: async (name, options) => {
      (await standing)?.expect(name);
      return core.connect(name, options);
    },
    add: later("add"),
    remove: later("remove"),
    disconnect: later("disconnect"),
    tools: later("tools"),
    callTool: later("callTool"),
    resources: later("resources"),
    readResource: later("readResource"),
    prompts: later("prompts"),
    getPrompt: later("getPrompt"),
    startAuth: later("startAuth"),
    authenticate: later("authenticate"),
    finishAuth: later("finishAuth"),
    cancelAuth: later("cancelAuth"),
    removeAuth: later("removeAuth"),
    keepConnected: later("keepConnected"),
    completeCallback: later("completeCallback"),
    close: async () => {
      await (await standing)?.end();
      await core.close();
    },
  };
}
