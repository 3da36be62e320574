import type { IncomingMessage, ServerResponse } from "node:http";
import type { Ledger } from "../ledger.ts";
import { listen, text } from "../listener.ts";
import { independentScopes, load, type IndependentOptions, type IndependentServer } from "./independent.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

interface Verified {
  readonly clientId: string;
  readonly scopes: string[];
  readonly resource?: URL;
}

/** The parts of the packages that the tests use. */
interface ExpressModule {
  readonly default: () => Handler & { use(handler: Handler): void };
}

interface RouterModule {
  readonly mcpAuthRouter: (options: object) => Handler;
}

interface DemoModule {
  readonly DemoInMemoryAuthProvider: new () => { verifyAccessToken(token: string): Promise<Verified> };
}

/**
 * The demo authorization server of the MCP SDK: its `mcpAuthRouter` with its in-memory provider, which asks the person nothing. An issuer
 * that ends in a slash; RFC 8414, DCR, PKCE; no refresh tokens, no revocation, no `iss`; `resource` is ignored; tokens live an hour.
 */
export async function startSdkServer(ledger: Ledger, options: Omit<IndependentOptions, "accessTokenSeconds" | "resources">): Promise<IndependentServer> {
  const { default: express } = await load<ExpressModule>("express");
  const { mcpAuthRouter } = await load<RouterModule>("@modelcontextprotocol/sdk/server/auth/router.js");
  const { DemoInMemoryAuthProvider } = await load<DemoModule>("@modelcontextprotocol/sdk/examples/server/demoInMemoryOAuthProvider.js");
  const app = express();
  const running = { ready: false };
  const listening = await listen(ledger, options.party ?? "issuer", ({ request, body }) => {
    if (!running.ready) return text(503, "starting");
    // The body has been read for the ledger; express takes it from here when the request has no more to read.
    return { status: 0, take: (response) => app(Object.assign(request, { body: parsed(request.headers["content-type"], body) }), response) };
  });
  const provider = new DemoInMemoryAuthProvider();
  app.use(mcpAuthRouter({ provider, issuerUrl: new URL(listening.origin), scopesSupported: [...(options.scopes ?? independentScopes)] }));
  running.ready = true;
  return {
    ...listening,
    issuer: `${listening.origin}/`,
    async validate(value) {
      const token = await provider.verifyAccessToken(value).catch(() => undefined);
      if (token === undefined) return { ok: false, reason: "unknown" };
      const resource = token.resource?.href;
      return { ok: true, token: { scopes: token.scopes, subject: "demo_user", audience: resource, resource, clientId: token.clientId } };
    },
  };
}

function parsed(contentType = "", body: string): unknown {
  return contentType.includes("json") ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body));
}
