import { answer, next, type AnswerKind, type Scripted } from "./answers.ts";
import type { Ledger } from "./ledger.ts";
import { listen, text, type Listening, type ServerTls } from "./listener.ts";

export interface ClientDocumentToggles {
  path: string;
  /** The document, whose `client_id` is the URL unless it is given here; a field set to undefined is left out. */
  document: Record<string, unknown>;
  answer: Scripted<AnswerKind>;
}

export interface ClientDocumentServer extends Listening {
  /** The client id. */
  readonly url: string;
  readonly toggles: ClientDocumentToggles;
}

/** Hosts one client id metadata document, as a company would on its web site. Party "documents". */
export async function startClientDocumentServer(ledger: Ledger, options: Partial<ClientDocumentToggles> & { readonly party?: string; readonly tls?: ServerTls } = {}): Promise<ClientDocumentServer> {
  const { party = "documents", tls, ...given } = options;
  const toggles: ClientDocumentToggles = { path: "/client.json", document: {}, answer: "document", ...given };
  const listening = await listen(ledger, party, ({ path }) => (path === toggles.path ? answer(next(toggles.answer), document()) : text(404, "404 page not found")), { tls });
  const url = (): string => listening.origin + toggles.path;
  const document = (): object => ({ client_id: url(), client_name: "a client", redirect_uris: ["http://127.0.0.1/callback"], token_endpoint_auth_method: "none", grant_types: ["authorization_code", "refresh_token"], ...toggles.document });
  return {
    ...listening,
    toggles,
    get url() {
      return url();
    },
  };
}
