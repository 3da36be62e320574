import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { plainText } from "../../../base/redact.ts";
import type { MountedGateway } from "../../http/serve.ts";
import type { CommandContext, CommandResult } from "../command-context.ts";
import { tellHindrance } from "../open-vault.ts";
import { toMcpassError } from "../render-error.ts";
import { openSession } from "../server-session.ts";

interface ServeFlags {
  readonly port: number;
  readonly host: string;
  readonly publicUrl?: string;
  readonly insecureNetwork?: boolean;
  readonly printToken?: boolean;
  readonly link?: boolean;
  readonly browser?: string;
  readonly clients?: boolean;
  readonly revoke?: string;
  readonly json?: boolean;
}

/** Serves until it is interrupted; then what is under way is answered, and what is being renewed is stored. */
export async function serve(context: CommandContext, _words: readonly string[], flags: ServeFlags): CommandResult {
  const { terminal } = context;
  const runtime = context.runtime(flags.browser);
  if (flags.clients === true) return (await import("./gateway-clients.ts")).showGatewayClients(context, runtime, flags.json === true);
  if (flags.revoke !== undefined) return (await import("./gateway-clients.ts")).revokeGatewayClient(context, runtime, flags.revoke);
  const http = await import("../../http/serve.ts");
  const token = await http.requireServeToken(runtime.directories.data);
  if (flags.printToken === true) return terminal.print(token);
  const publicUrl = flags.publicUrl === undefined ? undefined : http.readPublicUrl(flags.publicUrl);
  if (flags.link === true) return terminal.print(http.linkTo(publicUrl ?? http.localUrl(flags.host, flags.port), token, runtime.now()));
  http.requireReachable(flags.host, { publicUrl, insecureNetwork: flags.insecureNetwork === true });
  const session = await openSession(context, flags.browser === undefined ? {} : { browser: flags.browser }, true);
  const { openManager } = await import("../../../connection/manager.ts");
  const elicitations = http.createElicitations();
  const { manager, servers } = openManager({ ...session, publicCallback: http.publicCallbackOf(publicUrl), elicit: elicitations.ask });
  manager.events.subscribe(session.onEvent);
  try {
    const onInternal = (thrown: unknown): void => context.report(toMcpassError(thrown));
    const { gateway: rules, bridgeOpens } = session.configuration;
    const gateway = async (): Promise<MountedGateway> => (await import("../../gateway/open-gateway.ts")).openGateway({ manager, servers, rules, opens: bridgeOpens ?? false, cacheDirectory: runtime.directories.cache, dataDirectory: runtime.directories.data, now: runtime.now, onInternal, say: (text) => terminal.say(plainText(text, 2_000)) });
    const serving = await http.serve({ manager, elicitations, gateway, token, findGatewayToken: http.gatewayTokenFinder(runtime.directories.data), host: flags.host, port: flags.port, publicUrl, webDirectory: webDirectory(), now: runtime.now, onInternal });
    terminal.print(`mcpass serves on ${serving.url}${serving.url === serving.localUrl ? "" : ` (${serving.localUrl})`}`);
    terminal.say(`Its page, once and within five minutes: ${serving.link}\nPrograms show the token that mcpass serve --print-token prints. Ctrl-C ends it.`);
    tellHindrance(session.vault, terminal);
    await interrupted(context.signal);
    terminal.say("Ending…");
    await serving.close();
  } finally {
    await manager.close();
  }
}

/** Beside the program. */
function webDirectory(): string {
  // Bundled as CommonJS this is a path already.
  const here = import.meta.url;
  return join(dirname(here.startsWith("file:") ? fileURLToPath(here) : here), "web");
}

function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve(), { once: true })));
}
