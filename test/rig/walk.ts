import { onTestFinished } from "vitest";
import { startAuthorizationServer, type AuthorizationServer, type AuthorizationServerOptions } from "../servers/authorization-server.ts";
import { createLedger, type Ledger } from "../servers/ledger.ts";
import { html, listen, type Handle, type Listening, type ServerTls } from "../servers/listener.ts";
import { startOidcServer, type OidcOptions, type OidcServer } from "../servers/oidc.ts";
import { startResourceServer, type ResourceServer, type ResourceServerOptions } from "../servers/resource-server.ts";
import { browserDouble, type BrowserDouble, type BrowserHabits } from "./browser.ts";
import { makeHome, startProgram, type Home, type ProgramOptions, type ProgramResult, type RunningProgram } from "./program.ts";
import { startProxy, type ForwardProxy, type ProxyOptions } from "./proxy.ts";
import { startInTerminal, type TerminalOptions, type TerminalSession } from "./terminal.ts";

export interface WalkProgramOptions extends Omit<ProgramOptions, "home"> {
  /** Its command becomes BROWSER, its environment is added. Without one, opening a browser fails. */
  readonly browser?: BrowserDouble;
}

/** One test's world: a home, a ledger, and everything started through it is stopped when the test has finished. */
export interface Walk {
  readonly ledger: Ledger;
  readonly home: Home;
  readonly configure: Home["configure"];
  issuer(options?: AuthorizationServerOptions): Promise<AuthorizationServer>;
  resource(options?: ResourceServerOptions): Promise<ResourceServer>;
  oidc(options?: OidcOptions): Promise<OidcServer>;
  /** A server that only records; it answers 200 html unless told otherwise. */
  bystander(party: string, handle?: Handle, options?: { readonly tls?: ServerTls }): Promise<Listening>;
  /** A forward proxy; its `url` is for HTTPS_PROXY and HTTP_PROXY. */
  proxy(options?: ProxyOptions): Promise<ForwardProxy>;
  /** Whatever else has to be stopped when the test has finished. */
  keep<T extends { stop(): Promise<void> }>(started: T): T;
  browser(habits?: BrowserHabits): BrowserDouble;
  run(args: readonly string[], options?: WalkProgramOptions): Promise<ProgramResult>;
  start(args: readonly string[], options?: WalkProgramOptions): RunningProgram;
  terminal(args: readonly string[], options?: Omit<TerminalOptions, "home"> & { readonly browser?: BrowserDouble }): TerminalSession;
  /** Everything that every program of this walk has printed. */
  printed(): string;
}

/** Call it inside a test. */
export async function openWalk(): Promise<Walk> {
  const ledger = createLedger();
  const home = await makeHome();
  const opened: { stop(): Promise<void> }[] = [];
  const programs: RunningProgram[] = [];
  onTestFinished(async () => {
    for (const each of opened.toReversed()) await each.stop();
    await home.remove();
  });
  const keep = <T extends { stop(): Promise<void> }>(started: T): T => {
    opened.push(started);
    return started;
  };
  const start: Walk["start"] = (args, options = {}) => {
    const program = keep(startProgram(args, { ...options, home: home.directory, env: environmentOf(options) }));
    programs.push(program);
    return program;
  };
  return {
    ledger,
    home,
    configure: home.configure,
    issuer: async (options) => keep(await startAuthorizationServer(ledger, options)),
    resource: async (options) => keep(await startResourceServer(ledger, options)),
    oidc: async (options) => keep(await startOidcServer(ledger, options)),
    bystander: async (party, handle = () => html(200, "bystander"), options) => keep(await listen(ledger, party, handle, options)),
    proxy: async (options) => keep(await startProxy(options)),
    keep,
    browser: (habits) => browserDouble(home.directory, habits),
    run: (args, options) => start(args, options).ended,
    start,
    terminal: (args, options = {}) => keep(startInTerminal(args, { ...options, home: home.directory, env: environmentOf(options) })),
    printed: () => programs.map((program) => program.stdout() + program.stderr()).join("\n"),
  };
}

function environmentOf({ browser, env }: Pick<WalkProgramOptions, "browser" | "env">): Record<string, string | undefined> {
  return { ...(browser === undefined ? {} : { BROWSER: browser.commandLine, ...browser.environment }), ...env };
}
