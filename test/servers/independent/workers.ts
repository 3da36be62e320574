import { readFile } from "node:fs/promises";
import type { Ledger } from "../ledger.ts";
import { listen, text } from "../listener.ts";
import { independentScopes, load, replyOf, requestOf, type IndependentOptions, type IndependentServer } from "./independent.ts";
import { pathOfModule } from "./install.mjs";

/** The part of miniflare that the tests use. */
interface Miniflare {
  dispatchFetch(url: string, init?: object): Promise<Response>;
  dispose(): Promise<void>;
  readonly ready: Promise<URL>;
}

interface MiniflareModule {
  readonly Miniflare: new (options: object) => Miniflare;
  readonly Response: typeof Response;
}

export interface WorkersOptions extends IndependentOptions {
  /** False: no dynamic registration. */
  readonly registration?: boolean;
  /** Client id metadata documents it can fetch, by their https URL; each fetch is a ledger line "documents GET …". Given: it accepts such clients. */
  readonly clientDocuments?: Readonly<Record<string, object>>;
}

/**
 * @cloudflare/workers-oauth-provider in real workerd. RFC 8414 only; RFC 8707 enforced; opaque tokens; the refresh token rotates and the previous
 * one stays good until the new one is used. Its page asks for a name: the browser double gives it.
 */
export async function startWorkersServer(ledger: Ledger, options: WorkersOptions): Promise<IndependentServer> {
  const running: { worker?: Miniflare } = {};
  const listening = await listen(ledger, options.party ?? "issuer", async (asked) => {
    if (running.worker === undefined || asked.path.startsWith("/-/")) return text(running.worker === undefined ? 503 : 404, "not here");
    const { method, headers, url } = requestOf(asked, listening.origin);
    const init = { method, headers: Object.fromEntries(headers), redirect: "manual", ...(asked.body === "" ? {} : { body: asked.body }) };
    return replyOf(await running.worker.dispatchFetch(url, init));
  });
  const worker = (running.worker = await startWorker(ledger, listening.origin, options));
  const ask = async (resource: string, token: string): Promise<Validated | null> => {
    const answer = await worker.dispatchFetch(`${listening.origin}/-/validate`, { method: "POST", body: JSON.stringify({ resource, token }) });
    return (await answer.json()) as Validated | null;
  };
  return {
    ...listening,
    issuer: listening.origin,
    async validate(token) {
      for (const resource of options.resources) {
        const found = await ask(resource, token);
        if (found !== null) return { ok: true, token: { scopes: found.scope, subject: found.userId, audience: found.audience, resource: found.audience, clientId: found.clientId } };
      }
      return { ok: false, reason: "unknown" };
    },
    async stop() {
      await listening.stop();
      await worker.dispose();
    },
  };
}

interface Validated {
  readonly scope: string[];
  readonly userId: string;
  readonly audience: string;
  readonly clientId: string;
}

async function startWorker(ledger: Ledger, issuer: string, options: WorkersOptions): Promise<Miniflare> {
  const { Miniflare, Response } = await load<MiniflareModule>("miniflare");
  const { resources, scopes = independentScopes, registration = true, clientDocuments, accessTokenSeconds = 3600 } = options;
  const settings = {
    issuer,
    resources,
    scopesSupported: [...scopes, "offline_access"],
    accessTokenTTL: accessTokenSeconds,
    clientIdMetadataDocumentEnabled: clientDocuments !== undefined,
    ...(registration ? { clientRegistrationEndpoint: "/oauth/register" } : {}),
  };
  const ours = await readFile(new URL("worker.mjs", import.meta.url), "utf8");
  const worker = new Miniflare({
    modules: [
      { type: "ESModule", path: "worker.mjs", contents: `${ours}\nexport default { fetch: answer };` },
      { type: "ESModule", path: "oauth-provider.js", contents: await readFile(pathOfModule("@cloudflare/workers-oauth-provider"), "utf8") },
    ],
    compatibilityDate: "2026-04-01",
    compatibilityFlags: ["global_fetch_strictly_public"],
    host: "127.0.0.1",
    port: 0,
    kvNamespaces: ["OAUTH_KV"],
    bindings: { SETTINGS: settings },
    outboundService(request: { readonly url: string; readonly method: string }) {
      const document = clientDocuments?.[request.url];
      ledger.append({ party: "documents", method: request.method, path: new URL(request.url).pathname, headers: {}, body: "", status: document === undefined ? 404 : 200, cut: false });
      return document === undefined ? new Response("", { status: 404 }) : Response.json(document);
    },
  });
  await worker.ready;
  return worker;
}
