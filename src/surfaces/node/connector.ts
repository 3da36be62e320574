import type { Agent, AgentOptions, ClientRequest, RequestOptions } from "node:http";
import type { Socket } from "node:net";
import type { SecureContext, TLSSocket } from "node:tls";

import type { TlsFiles } from "../../base/runtime.ts";
import type { Proxy } from "./proxy-choice.ts";
import type { TlsMaterial } from "./tls-files.ts";
import type { ShownCertificates } from "./tls-failure.ts";

/** How long an idle connection may be used again: below the 5 s after which common servers close theirs. */
const idleMs = 3_000;

/** How requests of one protocol get to their servers: straight, or through one proxy. */
export interface Connector {
  readonly request: (options: RequestOptions) => ClientRequest;
  readonly isIP: (text: string) => number;
  /** The one that keeps connections; or one for a single request. */
  agent(fresh: boolean): Agent;
  readonly proxy: Proxy | undefined;
  /** undefined for plain http. */
  readonly certificates: ShownCertificates | undefined;
  /** Of plain http through a proxy that is spoken to by https: the proxy's. */
  readonly proxyCertificates?: ShownCertificates | undefined;
}

/** What our requests carry beyond Node's own options. */
export interface OwnOptions {
  readonly addresses?: readonly string[];
  readonly material?: TlsMaterial;
  readonly secureContext?: SecureContext;
  readonly cancel?: AbortSignal;
}

export interface Connectors {
  find(target: URL): Promise<Connector>;
  material(files: TlsFiles): Promise<TlsMaterial>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Everything loads with the first request that needs it; nothing of proxies and certificate files does without them. */
export function createConnectors(environment: Environment): Connectors {
  const connectors = new Map<string, Promise<Connector>>();
  const noProxies = !namesProxy(environment);
  let materials: Promise<(files: TlsFiles) => Promise<TlsMaterial>> | undefined;
  return {
    find: async (target) => {
      const proxy = noProxies ? undefined : await findProxy(environment, target);
      const key = `${target.protocol} ${proxy?.origin.href ?? ""} ${proxy?.authorization ?? ""}`;
      const connector = connectors.get(key) ?? loadConnector(target.protocol, proxy);
      connectors.set(key, connector);
      return connector;
    },
    material: async (files) => {
      materials ??= import("./tls-files.ts").then(({ createTlsMaterials }) => createTlsMaterials(environment["NODE_EXTRA_CA_CERTS"]));
      return (await materials)(files);
    },
  };
}

/** See `chooseProxy`; without any proxy variable nothing is loaded to find that out. */
export async function findProxy(environment: Environment, target: URL): Promise<Proxy | undefined> {
  if (!namesProxy(environment)) return undefined;
  return (await import("./proxy-choice.ts")).chooseProxy(environment, target);
}

function namesProxy(environment: Environment): boolean {
  const names = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"].flatMap((name) => [name, name.toLowerCase()]);
  return names.some((name) => (environment[name] ?? "") !== "");
}

async function loadConnector(protocol: string, proxy: Proxy | undefined): Promise<Connector> {
  const { isIP } = await import("node:net");
  const options: AgentOptions = { keepAlive: true, timeout: idleMs };
  if (protocol === "http:" && proxy?.origin.protocol === "https:") {
    const [{ request, Agent }, { createShownCertificates }] = await Promise.all([import("node:https"), import("./tls-failure.ts")]);
    const proxyCertificates = createShownCertificates();
    const kept = watching(poolByWay(new Agent(options)), proxyCertificates, undefined);
    return { request, isIP, proxy, certificates: undefined, proxyCertificates, agent: (fresh) => (fresh ? watching(new Agent(), proxyCertificates, undefined) : kept) };
  }
  if (protocol === "http:") {
    const { request, Agent } = await import("node:http");
    const kept = poolByWay(new Agent(options));
    return { request, isIP, proxy, certificates: undefined, agent: (fresh) => (fresh ? new Agent() : kept) };
  }
  const [{ request, Agent }, { createShownCertificates }] = await Promise.all([import("node:https"), import("./tls-failure.ts")]);
  const certificates = createShownCertificates();
  const through = proxy === undefined ? undefined : tunnelsThrough(proxy, (await import("./proxy-tunnel.ts")).openTunnel);
  const make = (agentOptions: AgentOptions): Agent => watching(poolByWay(new Agent(agentOptions)), certificates, through);
  const kept = make(options);
  return { request, isIP, proxy, certificates, agent: (fresh) => (fresh ? make({}) : kept) };
}

/** A connection that was made to some addresses, or with one client certificate, must not serve a request that is to go another way. */
function poolByWay(agent: Agent): Agent {
  const nameOf = agent.getName.bind(agent);
  agent.getName = (options) => {
    const { addresses, material } = options as OwnOptions;
    return `${nameOf(options)}|${addresses?.join() ?? ""}|${material?.id ?? ""}`;
  };
  return agent;
}

type Connect = (options: RequestOptions & OwnOptions & { readonly socket?: Socket }, done: (error: Error | null, socket?: Socket) => void) => TLSSocket | undefined;
type OpenRoute = (options: RequestOptions & OwnOptions) => Promise<Socket>;

function watching(agent: Agent, certificates: ShownCertificates, openRoute: OpenRoute | undefined): Agent {
  const own = agent as unknown as { createConnection: Connect };
  const connect = own.createConnection.bind(agent);
  const watched: Connect = (options, done) => {
    const socket = connect(options, done);
    if (socket !== undefined) certificates.watch(socket);
    return socket;
  };
  own.createConnection = openRoute === undefined ? watched : (options, done) => void connectThrough(openRoute, watched, options, done);
  return agent;
}

async function connectThrough(openRoute: OpenRoute, connect: Connect, options: Parameters<Connect>[0], done: Parameters<Connect>[1]): Promise<void> {
  let socket: TLSSocket | undefined;
  try {
    socket = connect({ ...options, socket: await openRoute(options) }, done);
  } catch (thrown) {
    return done(thrown as Error);
  }
  done(null, socket);
}

function tunnelsThrough(proxy: Proxy, openTunnel: (proxy: Proxy, authority: string, signal: AbortSignal | undefined) => Promise<Socket>): OpenRoute {
  return ({ host, hostname, port, cancel }) => {
    const name = String(hostname ?? host ?? "");
    return openTunnel(proxy, `${name.includes(":") ? `[${name}]` : name}:${port === undefined || port === null || port === "" ? 443 : port}`, cancel);
  };
}
