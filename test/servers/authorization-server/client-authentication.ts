import type { Asked } from "../listener.ts";
import { audiencesOf, readAssertion } from "./assertion.ts";
import type { KnownClient } from "./client-details.ts";
import { findClient } from "./known-client.ts";
import type { AuthorizationServerState } from "./state.ts";

export type ClientVerdict = { readonly clientId: string; readonly client: KnownClient } | { readonly refused: string; readonly unknown?: boolean };

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** Who sends this form? By RFC 6749 §2.3.1 and RFC 7523 §2.2, under the toggles' rules for where a secret may stand. */
export async function authenticateClient(state: AuthorizationServerState, asked: Asked, form: URLSearchParams): Promise<ClientVerdict> {
  const { clientAuthentication: rule, clientAssertion } = state.toggles;
  const assertion = form.get("client_assertion");
  if (assertion !== null) return byAssertion(state, form, assertion);
  if (clientAssertion === "required") return { refused: "client_assertion is required" };
  const basic = readBasic(state, asked.headers["authorization"]);
  const readsBasic = ["basic", "either", "post-lies"].includes(rule);
  const readsBody = ["post", "either", "basic-lies", "none-lies"].includes(rule);
  const clientId = (readsBasic ? basic?.clientId : undefined) ?? form.get("client_id");
  if (clientId === null || clientId === undefined) return { refused: "Missing client_id" };
  const client = await findClient(state, clientId);
  if (client === undefined) return { refused: "Client not found", unknown: true };
  if (client.secret === undefined) {
    if (clientAssertion !== "off" && client.jwks !== undefined) return { refused: "client_assertion is required" };
    return rule === "none-lies" ? { refused: "Client authentication is required" } : { clientId, client };
  }
  if (rule === "none") return { clientId, client };
  const sent = readsBasic && basic !== undefined ? basic.secret : readsBody ? form.get("client_secret") : null;
  if (sent === null) return { refused: "Client secret is required" };
  return sent === client.secret ? { clientId, client } : { refused: "Client secret is wrong" };
}

/** private_key_jwt. */
async function byAssertion(state: AuthorizationServerState, form: URLSearchParams, assertion: string): Promise<ClientVerdict> {
  const { toggles } = state;
  if (toggles.clientAssertion === "off") return { refused: "client_assertion is not accepted here" };
  if (form.get("client_assertion_type") !== assertionType) return { refused: "client_assertion_type is wrong" };
  const claimed = subjectOf(assertion);
  if (claimed === undefined) return { refused: "client_assertion is not a JWT" };
  if (![null, claimed].includes(form.get("client_id"))) return { refused: "client_id and the assertion's sub differ" };
  const client = await findClient(state, claimed);
  if (client === undefined) return { refused: "Client not found", unknown: true };
  if (client.jwks === undefined) return { refused: "the client has registered no keys" };
  const read = await readAssertion(state, assertion, { issuer: claimed, jwks: client.jwks, audiences: audiencesOf(state, toggles.clientAssertionAudience) });
  if (typeof read === "string") return { refused: read };
  return read.claims.sub === claimed ? { clientId: claimed, client } : { refused: "sub is not the client" };
}

function subjectOf(assertion: string): string | undefined {
  try {
    const { sub } = JSON.parse(Buffer.from(assertion.split(".")[1] ?? "", "base64url").toString()) as { sub?: unknown };
    return typeof sub === "string" ? sub : undefined;
  } catch {
    return undefined;
  }
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
