import { decodeJwt, decodeProtectedHeader } from "jose";
import * as oauth from "oauth4webapi";
import { expect, onTestFinished } from "vitest";
import type { ClientCredentials } from "../../src/oauth/client-authentication.ts";
import type { TokenRequest } from "../../src/oauth/token.ts";
import { createLedger, type Ledger, type LedgerEntry } from "../servers/ledger.ts";
import { json, listen } from "../servers/listener.ts";
import { insecure } from "../servers/oracle.ts";
import { type Difference, type DifferenceName, differences } from "./oracle-differences.ts";
import { outgoingFor } from "./outgoing-for.ts";

/** oauth4webapi is given the same inputs as we are; both requests are captured at one server and compared part by part. */
export interface RequestOracle {
  readonly as: oauth.AuthorizationServer;
  readonly ledger: Ledger;
  readonly request: TokenRequest & { deviceAuthorizationEndpoint: string };
  readonly outgoing: ReturnType<typeof outgoingFor>;
  /** Sends ours, then theirs, and expects exactly the differences named. What either makes of the answer is not asked here. */
  compare(ours: () => Promise<unknown>, theirs: () => Promise<unknown>, expected: readonly DifferenceName[]): Promise<void>;
}

export const secret = "s:e%c+r é&=*-._~!'()";
export const theirs: oauth.Client = { client_id: "robot id" };
export const basic = oauth.ClientSecretBasic(secret);
export const parameters = { scope: "a b", resource: "https://h/mcp" };
export const resource = { ...insecure, additionalParameters: { resource: parameters.resource } };
/** Every form differs in these. */
export const formDifferences = ["contentType"] as const;
export const basicDifferences = ["contentType", "spelling"] as const;

const answer = { access_token: "t", token_type: "N_A", issued_token_type: "urn:ietf:params:oauth:token-type:id-jag", device_code: "d", user_code: "u", verification_uri: "https://h/device", expires_in: 60 };

export async function openRequestOracle(client: Partial<ClientCredentials> = {}, headers: Readonly<Record<string, string>> = {}): Promise<RequestOracle> {
  const ledger = createLedger();
  const { origin, stop } = await listen(ledger, "issuer", () => json(200, answer, headers));
  onTestFinished(stop);
  const at = (name: string): string => `${origin}/${name}`;
  const as = { issuer: origin, token_endpoint: at("token"), device_authorization_endpoint: at("device"), revocation_endpoint: at("revoke"), pushed_authorization_request_endpoint: at("authorize") };
  const credentials = { clientId: "robot id", clientSecret: secret, tokenEndpointAuthMethod: "client_secret_basic" as const, ...client };
  const request = { tokenEndpoint: as.token_endpoint, deviceAuthorizationEndpoint: as.device_authorization_endpoint, client: credentials, methods: undefined, resource: parameters.resource, scopes: ["a", "b"], parameters: {}, now: Date.now };
  return {
    as,
    ledger,
    request,
    outgoing: outgoingFor(origin),
    async compare(ours, oracles, expected) {
      ledger.clear();
      await ours().catch(() => undefined);
      await oracles();
      const [mine, other, ...more] = ledger.entries.map(flatten);
      expect(more).toEqual([]);
      if (mine === undefined || other === undefined) throw new Error("one of them sent nothing");
      const wanted = expected.map((name): Difference => differences[name]);
      expect(differing(mine, other)).toEqual(wanted.map(({ part, ours: a, theirs: b }) => ({ part, ours: a, theirs: b })).toSorted(byPart));
    },
  };
}

type Flat = Readonly<Record<string, string>>;
interface Differing {
  readonly part: string;
  readonly ours: string;
  readonly theirs: string;
}

function differing(ours: Flat, oracles: Flat): readonly Differing[] {
  const parts = [...new Set([...Object.keys(ours), ...Object.keys(oracles)])];
  return parts.map((part) => ({ part, ours: ours[part] ?? "absent", theirs: oracles[part] ?? "absent" })).filter((each) => each.ours !== each.theirs).toSorted(byPart);
}

function byPart(one: Differing, other: Differing): number {
  return one.part < other.part ? -1 : 1;
}

/** A request as named parts; what must be new each time is named, not shown. */
function flatten({ method, path, headers, body }: LedgerEntry): Flat {
  const [endpoint = "", query] = path.split("?");
  const sent = new URLSearchParams(query ?? body);
  const { client_assertion: assertion, ...form } = Object.fromEntries([...new Set(sent.keys())].map((name) => [name, sent.getAll(name).join(" and ")]));
  return {
    endpoint,
    "carried by": `the ${query === undefined ? "form" : "query"} of a ${method}`,
    ...named("parameter", form),
    // Over a browser's headers at the authorization endpoint nobody here decides.
    ...(endpoint !== "/authorize" ? { "header content-type": headers["content-type"] ?? "absent", "header accept": headers["accept"] ?? "absent" } : {}),
    ...authorizationOf(headers["authorization"]),
    ...(assertion === undefined ? {} : tokenOf("assertion", assertion)),
    ...(headers["dpop"] === undefined ? {} : tokenOf("proof", headers["dpop"])),
  };
}

function authorizationOf(header: string | undefined): Flat {
  if (header === undefined) return {};
  const raw = Buffer.from(header.replace(/^Basic /, ""), "base64").toString();
  const halves = raw.split(":").map((half) => new URLSearchParams(`v=${half}`).get("v") ?? "");
  const spelling = /%2A%2D%2E%5F/i.test(raw) ? "percent-encoded" : raw.includes("*-._") ? "as they are" : "unlike both";
  return { "header authorization, decoded": `${header.split(" ")[0] ?? ""} ${halves.join(" : ")}`, "header authorization": `Basic, with \`*-._\` ${spelling}` };
}

function tokenOf(kind: "assertion" | "proof", token: string): Flat {
  const { iat = 0, exp, nbf, jti, ...claims } = decodeJwt(token);
  const now = Math.floor(Date.now() / 1000);
  return {
    ...named(`${kind} header`, { ...decodeProtectedHeader(token) }),
    ...named(`${kind} claim`, claims),
    [`${kind} claim jti`]: (jti?.length ?? 0) >= 22 ? "new and long" : String(jti),
    [`${kind} claim iat`]: Math.abs(now - iat) < 60 ? "now" : String(iat),
    ...(nbf === undefined ? {} : { [`${kind} claim nbf`]: Math.abs(now - nbf) < 60 ? "now" : String(nbf) }),
    ...(exp === undefined ? {} : { [`${kind} lives`]: `${String(exp - iat)} s` }),
  };
}

function named(kind: string, values: Readonly<Record<string, unknown>>): Flat {
  return Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[`${kind} ${name}`, typeof value === "string" ? value : JSON.stringify(value, sorted)]])));
}

function sorted(_name: string, value: unknown): unknown {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))) : value;
}
