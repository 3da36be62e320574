import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect, type AddressInfo, type Socket } from "node:net";
import type { Duplex } from "node:stream";

/** One request that came to the proxy. */
export interface ProxyLeg {
  /** A tunnel (https), or one plain request in absolute form. */
  readonly kind: "connect" | "forward";
  /** host:port, as it was asked for. */
  readonly target: string;
  /** forward: "METHOD path". */
  readonly request: string | undefined;
  /** What the proxy answered: 200 tunnel open, 407 credentials wanted, 502 unreachable; for a plain request the server's own status. 0 so far. */
  readonly status: number;
}

export interface ProxyOptions {
  /** Without these credentials (Basic) the answer is 407. */
  readonly credentials?: { readonly user: string; readonly password: string };
  /**
   * Where a target really is: `{ "login.example.com:443": "127.0.0.1:40001" }` gives a server of this machine any name.
   * A target that is neither routed nor loopback is refused with 502: nothing leaves the machine.
   */
  readonly routes?: Readonly<Record<string, string>>;
  /** Every tunnel and request is answered with this instead. */
  readonly refuses?: number;
  /** It is itself spoken to by https. PEM. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

export interface ForwardProxy {
  /** `http://127.0.0.1:PORT`, or https. */
  readonly origin: string;
  /** For HTTP_PROXY and HTTPS_PROXY: with the credentials, if any. */
  readonly url: string;
  /** In the order in which they came. */
  readonly legs: readonly ProxyLeg[];
  /** Routes may be added while it runs. */
  readonly routes: Record<string, string>;
  /** host:port → how often. */
  targets(): Record<string, number>;
  stop(): Promise<void>;
}

type Leg = { -readonly [K in keyof ProxyLeg]: ProxyLeg[K] };
type ProxyState = Pick<ForwardProxy, "routes"> & { readonly options: ProxyOptions; readonly legs: Leg[]; readonly sockets: Set<Duplex> };

/** A forward proxy on loopback that counts every leg: CONNECT tunnels and absolute-form requests. */
export async function startProxy(options: ProxyOptions = {}): Promise<ForwardProxy> {
  const state: ProxyState = { options, routes: { ...options.routes }, legs: [], sockets: new Set() };
  const onRequest = (incoming: IncomingMessage, response: ServerResponse): void => forward(state, incoming, response);
  const server = options.tls === undefined ? createServer(onRequest) : createTlsServer({ ...options.tls }, onRequest);
  const scheme = options.tls === undefined ? "http" : "https";
  server.on("connect", (incoming: IncomingMessage, socket: Duplex, head: Buffer) => tunnel(state, incoming, socket, head));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const { credentials } = options;
  const login = credentials === undefined ? "" : `${encodeURIComponent(credentials.user)}:${encodeURIComponent(credentials.password)}@`;
  return {
    origin: `${scheme}://${host}`,
    url: `${scheme}://${login}${host}`,
    legs: state.legs,
    routes: state.routes,
    targets: () => countBy(state.legs.map((leg) => leg.target)),
    stop: () => stop(server, state),
  };
}

function tunnel(state: ProxyState, incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
  const leg = note(state, { kind: "connect", target: incoming.url ?? "", request: undefined, status: 0 });
  state.sockets.add(socket);
  socket.on("error", () => undefined);
  const refuse = (status: number, header = ""): void => {
    leg.status = status;
    socket.end(`HTTP/1.1 ${String(status)} Refused\r\n${header}content-length: 0\r\n\r\n`);
  };
  if (state.options.refuses !== undefined) return refuse(state.options.refuses);
  if (!admitted(state, incoming)) return refuse(407, 'proxy-authenticate: Basic realm="proxy"\r\n');
  const target = place(state, leg.target);
  if (target === undefined) return refuse(502);
  const upstream: Socket = connect(target.port, target.host, () => {
    leg.status = 200;
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    upstream.write(head);
    upstream.pipe(socket);
    socket.pipe(upstream);
  });
  state.sockets.add(upstream);
  upstream.on("error", () => (leg.status === 0 ? refuse(502) : socket.destroy()));
  socket.on("close", () => upstream.destroy());
}

function forward(state: ProxyState, incoming: IncomingMessage, response: ServerResponse): void {
  const url = URL.canParse(incoming.url ?? "") ? new URL(incoming.url ?? "") : undefined;
  const host = url === undefined ? (incoming.url ?? "") : `${url.hostname}:${url.port === "" ? "80" : url.port}`;
  const leg = note(state, { kind: "forward", target: host, request: `${incoming.method ?? ""} ${url?.pathname ?? ""}`, status: 0 });
  const refuse = (status: number, headers: Record<string, string> = {}): void => {
    leg.status = status;
    response.writeHead(status, headers).end();
  };
  if (state.options.refuses !== undefined) return refuse(state.options.refuses);
  if (!admitted(state, incoming)) return refuse(407, { "proxy-authenticate": 'Basic realm="proxy"' });
  const target = url === undefined ? undefined : place(state, host);
  if (url === undefined || target === undefined) return refuse(url === undefined ? 400 : 502);
  const { "proxy-authorization": _login, "proxy-connection": _connection, ...headers } = incoming.headers;
  const outgoing = request({ ...target, method: incoming.method, path: url.pathname + url.search, headers }, (answer) => {
    leg.status = answer.statusCode ?? 0;
    response.writeHead(leg.status, answer.headers);
    answer.pipe(response);
  });
  outgoing.on("error", () => (response.headersSent ? response.destroy() : refuse(502)));
  incoming.pipe(outgoing);
}

function note(state: ProxyState, leg: Leg): Leg {
  state.legs.push(leg);
  return leg;
}

function admitted({ options: { credentials } }: ProxyState, incoming: IncomingMessage): boolean {
  if (credentials === undefined) return true;
  const expected = Buffer.from(`${credentials.user}:${credentials.password}`).toString("base64");
  return incoming.headers["proxy-authorization"] === `Basic ${expected}`;
}

function place({ routes }: ProxyState, target: string): { host: string; port: number } | undefined {
  const [, host, port] = /^(.*):(\d+)$/.exec(routes[target] ?? target) ?? [];
  return host !== undefined && ["127.0.0.1", "localhost", "[::1]"].includes(host) ? { host: host.replaceAll(/[[\]]/g, ""), port: Number(port) } : undefined;
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function stop(server: Server, { sockets }: ProxyState): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
    for (const socket of sockets) socket.destroy();
  });
}
