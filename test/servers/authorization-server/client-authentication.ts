import type { Asked } from "../listener.ts";
import type { AuthorizationServerState } from "./state.ts";

export type ClientVerdict = { readonly clientId: string } | { readonly refused: string };

/** Who sends this form? By RFC 6749 §2.3.1, under the toggles' rules for where a secret may stand. */
export function authenticateClient(state: AuthorizationServerState, asked: Asked, form: URLSearchParams): ClientVerdict {
  const basic = readBasic(state, asked.headers["authorization"]);
  const { clientAuthentication: rule } = state.toggles;
  const readsBasic = ["basic", "either", "post-lies"].includes(rule);
  const readsBody = ["post", "either", "basic-lies", "none-lies"].includes(rule);
  const clientId = (readsBasic ? basic?.clientId : undefined) ?? form.get("client_id");
  if (clientId === null || clientId === undefined) return { refused: "Missing client_id" };
  const expected = secretOf(state, clientId);
  if (expected === "unknown") return { refused: "Client not found" };
  if (expected === undefined) return rule === "none-lies" ? { refused: "Client authentication is required" } : { clientId };
  if (rule === "none") return { clientId };
  const sent = readsBasic && basic !== undefined ? basic.secret : readsBody ? form.get("client_secret") : null;
  if (sent === null) return { refused: "Client secret is required" };
  return sent === expected ? { clientId } : { refused: "Client secret is wrong" };
}

function secretOf({ toggles, store }: AuthorizationServerState, clientId: string): string | undefined | "unknown" {
  if (toggles.clientMetadataDocuments && clientId.startsWith("https://")) return undefined;
  const fixed = toggles.clients.find((client) => client.client_id === clientId);
  if (fixed !== undefined) return fixed.client_secret;
  const client = store.clients.get(clientId);
  if (client === undefined) return "unknown";
  const expired = client.secretExpiresAt !== undefined && client.secretExpiresAt * 1000 <= Date.now();
  return expired ? "unknown" : client.secret;
}

function readBasic({ toggles }: AuthorizationServerState, header: string | undefined): { clientId: string; secret: string } | undefined {
  const encoded = /^basic\s+(\S+)$/i.exec(header ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const plain = Buffer.from(encoded, "base64").toString();
  const colon = plain.indexOf(":");
  const decode = toggles.basicDecoding === "form" ? formDecode : (value: string): string => value;
  return { clientId: decode(plain.slice(0, colon)), secret: decode(plain.slice(colon + 1)) };
}

function formDecode(value: string): string {
  return new URLSearchParams(`v=${value}`).get("v") ?? "";
}
