import { createHash } from "node:crypto";
import type { Walk } from "../../rig/walk.ts";
import type { Differences } from "./differences.ts";
import type { IndependentServer } from "./independent.ts";
import { visit, type Visit } from "./person.ts";

/** One server to be looked at from outside, by requests of our own: what it announces is not believed but tried. */
export interface Observed {
  readonly walk: Walk;
  readonly issuer: Pick<IndependentServer, "issuer" | "origin" | "validate">;
  /** The MCP server's URL. */
  readonly resource: string;
  /** On this machine, where something answers. */
  readonly redirectUri: string;
  /** Where it publishes no metadata and registers nobody. */
  readonly configured?: { readonly clientId: string; readonly authorizationEndpoint: string; readonly tokenEndpoint: string };
}

interface Endpoints {
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
  readonly registration_endpoint?: string;
  readonly revocation_endpoint?: string;
  readonly scopes_supported?: readonly string[];
  readonly code_challenge_methods_supported?: readonly string[];
  readonly client_id_metadata_document_supported?: boolean;
  readonly authorization_response_iss_parameter_supported?: boolean;
}

interface Answer {
  readonly status: number;
  readonly words: string;
  readonly body: Readonly<Record<string, unknown>>;
}

interface Scene extends Observed {
  readonly as: Endpoints;
  readonly clientId: string;
  readonly scope: string;
}

const verifier = "a-verifier-of-the-tests-that-is-long-enough-for-everybody";
const challenge = createHash("sha256").update(verifier).digest("base64url");
/** The server's row of the table in docs/authorization-servers.md. */
export async function observe(observed: Observed): Promise<Differences> {
  const { places, document } = await metadata(observed.issuer);
  const as = document ?? endpointsOf(observed);
  const scope = as.scopes_supported?.includes("offline_access") === true ? "mcp:read offline_access" : "mcp:read";
  const registered = await register(as.registration_endpoint, observed.redirectUri, scope);
  const scene: Scene = { ...observed, as, scope, clientId: registered?.clientId ?? observed.configured?.clientId ?? "" };
  const { body: tokens, back } = await signIn(scene);
  const accessToken = await accessTokenWords(scene, String(tokens["access_token"]));
  return {
    metadata: places.length === 0 ? "none" : places.map((place) => `\`${place}\``).join(", "),
    registration: [registered?.words ?? "none", ...(as.client_id_metadata_document_supported === true ? ["client metadata documents"] : [])].join("; "),
    unknownClient: `browser: ${visitWords(await authorize({ ...scene, clientId: "nobody" }))}; token: ${(await renew({ ...scene, clientId: "nobody" }, "nothing")).words}`,
    pkce: await pkce(scene),
    resource: await resourceParameter(scene),
    scope: `unknown: ${await unknownScope(scene)}; answer ${tokens["scope"] === undefined ? "without" : "with"} \`scope\``,
    iss: issWords(as, back),
    accessToken,
    refreshToken: await refreshTokenWords(scene),
    secondSignIn: await secondSignIn(scene),
    replay: await replay(scene),
    codeReplay: await codeReplay(scene),
    revocation: await revocation(scene),
  };
}

async function metadata({ issuer }: Observed["issuer"]): Promise<{ places: readonly string[]; document: Endpoints | undefined }> {
  const { origin, pathname } = new URL(issuer);
  const path = pathname === "/" ? "" : pathname;
  const names = ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];
  const candidates = [...new Set([...names.map((name) => name + path), ...names.map((name) => path + name)])];
  const answers = await Promise.all(candidates.map(async (place) => ({ place, document: (await answerOf(await fetch(origin + place))).body })));
  const found = answers.filter(({ document }) => document["issuer"] === issuer);
  return { places: found.map(({ place }) => place), document: found[0]?.document as Endpoints | undefined };
}

function endpointsOf({ configured }: Observed): Endpoints {
  return { authorization_endpoint: configured?.authorizationEndpoint ?? "", token_endpoint: configured?.tokenEndpoint ?? "" };
}

async function register(endpoint: string | undefined, redirectUri: string, scope: string): Promise<{ words: string; clientId: string } | undefined> {
  if (endpoint === undefined) return undefined;
  const wanted = { client_name: "a client", application_type: "native", redirect_uris: [redirectUri], token_endpoint_auth_method: "none", grant_types: ["authorization_code", "refresh_token"], response_types: ["code"], scope };
  const { body, status } = await answerOf(await fetch(endpoint, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(wanted) }));
  return { words: `dynamic, ${String(status)}, ${body["client_secret"] === undefined ? "no secret" : "with a secret"}`, clientId: String(body["client_id"]) };
}

/** `change`: an empty value leaves a parameter out. */
async function authorize({ walk, as, clientId, redirectUri, resource, scope }: Scene, change: Readonly<Record<string, string>> = {}): Promise<Visit> {
  const usual = { response_type: "code", client_id: clientId, redirect_uri: redirectUri, state: "state", scope, resource, code_challenge: challenge, code_challenge_method: "S256" };
  const parameters = Object.entries({ ...usual, ...change }).filter(([, value]) => value !== "");
  return visit(walk, `${as.authorization_endpoint}?${new URLSearchParams(parameters).toString()}`, redirectUri);
}

async function token({ as, clientId }: Scene, form: Readonly<Record<string, string>>): Promise<Answer> {
  const fields = Object.entries({ client_id: clientId, ...form }).filter(([, value]) => value !== "");
  return answerOf(await fetch(as.token_endpoint, { method: "POST", body: new URLSearchParams(fields) }));
}

async function exchange(scene: Scene, code: string, change: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return token(scene, { grant_type: "authorization_code", code, redirect_uri: scene.redirectUri, code_verifier: verifier, resource: scene.resource, ...change });
}

async function renew(scene: Scene, refreshToken: unknown): Promise<Answer> {
  return token(scene, { grant_type: "refresh_token", refresh_token: String(refreshToken), resource: scene.resource });
}

async function signIn(scene: Scene, change: Readonly<Record<string, string>> = {}): Promise<Answer & { code: string; back: URLSearchParams }> {
  const { back = new URLSearchParams() } = await authorize(scene, change);
  const code = back.get("code") ?? "";
  return { ...(await exchange(scene, code, "resource" in change ? { resource: change["resource"] } : {})), code, back };
}

async function pkce(scene: Scene): Promise<string> {
  const without = visitWords(await authorize(scene, { code_challenge: "", code_challenge_method: "" }));
  const { back } = await authorize(scene);
  const wrong = await exchange(scene, back?.get("code") ?? "", { code_verifier: verifier.toUpperCase() });
  return `announces ${scene.as.code_challenge_methods_supported?.join(", ") ?? "nothing"}; without: ${without}; wrong verifier: ${wrong.words}`;
}

async function resourceParameter(scene: Scene): Promise<string> {
  const other = await authorize(scene, { resource: "https://elsewhere.example/mcp" });
  const without = await signIn(scene, { resource: "" });
  const validated = await scene.issuer.validate(String(without.body["access_token"]));
  const bound = validated.ok && validated.token.audience === scene.resource;
  return `unknown: ${visitWords(other)}; none: ${without.words}${without.status === 200 ? (bound ? ", a token for the server" : ", a token for no server") : ""}`;
}

async function unknownScope(scene: Scene): Promise<string> {
  const visited = await authorize(scene, { scope: "mcp:read no:such" });
  if (visited.back?.has("code") !== true) return visitWords(visited);
  const { body } = await exchange(scene, visited.back.get("code") ?? "");
  return String(body["scope"]).split(" ").includes("no:such") ? "granted" : "left out";
}

function issWords(as: Endpoints, back: URLSearchParams): string {
  const announced = as.authorization_response_iss_parameter_supported === true;
  return back.has("iss") ? (announced ? "sent, announced" : "sent, not announced") : announced ? "announced, not sent" : "not sent";
}

async function accessTokenWords({ issuer, resource }: Scene, value: string): Promise<string> {
  const jwt = value.split(".").length === 3;
  const validated = await issuer.validate(value);
  return `${jwt ? "JWT" : "opaque"}, ${validated.ok && validated.token.audience === resource ? "for the resource" : "for no resource"}`;
}

async function refreshTokenWords(scene: Scene): Promise<string> {
  const without = await signIn(scene, { scope: "mcp:read" });
  const { body } = await signIn(scene);
  if (body["refresh_token"] === undefined) return "never";
  const renewed = (await renew(scene, body["refresh_token"])).body["refresh_token"];
  return `${without.body["refresh_token"] === undefined ? "with `offline_access`" : "always"}; ${renewed !== undefined && renewed !== body["refresh_token"] ? "a new one at every renewal" : "the same one stays"}`;
}

/** The same person, the same client, once more. */
async function secondSignIn(scene: Scene): Promise<string> {
  const first = await signIn(scene);
  await signIn(scene);
  return (await scene.issuer.validate(String(first.body["access_token"]))).ok ? "the first stays" : "the first ends";
}

async function replay(scene: Scene): Promise<string> {
  const { body } = await signIn(scene);
  if (body["refresh_token"] === undefined) return "–";
  const renewed = await renew(scene, body["refresh_token"]);
  const again = await renew(scene, body["refresh_token"]);
  const newest = await renew(scene, renewed.body["refresh_token"]);
  return `${again.words}; the newest one then: ${newest.words}`;
}

async function codeReplay(scene: Scene): Promise<string> {
  const { code, body } = await signIn(scene);
  const again = await exchange(scene, code);
  if (body["refresh_token"] === undefined) return again.words;
  return `${again.words}; the tokens from it: ${(await renew(scene, body["refresh_token"])).status === 200 ? "stay" : "end"}`;
}

async function revocation(scene: Scene): Promise<string> {
  const endpoint = scene.as.revocation_endpoint;
  if (endpoint === undefined) return "none";
  const revoke = async (value: unknown, hint: string): Promise<Answer> => answerOf(await fetch(endpoint, { method: "POST", body: new URLSearchParams({ client_id: scene.clientId, token: String(value), token_type_hint: hint }) }));
  const { body } = await signIn(scene);
  const refresh = await revoke(body["refresh_token"], "refresh_token");
  const alive = async (): Promise<string> => ((await scene.issuer.validate(String(body["access_token"]))).ok ? "stays valid" : "ends with it");
  const afterwards = await alive();
  const access = await revoke(body["access_token"], "access_token");
  return `refresh token: ${refresh.words}, then renewing: ${(await renew(scene, body["refresh_token"])).words}; access token ${afterwards}; revoking it: ${access.words}`;
}

/** What became of a visit, in the words of the table. */
function visitWords({ back, status, contentType }: Visit): string {
  const error = back?.get("error");
  if (back?.has("code") === true) return "accepted";
  return typeof error === "string" ? `\`${error}\`` : `a page, ${String(status)} ${contentType}`;
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const { status } = response;
  const body = parsed(text);
  if (status === 200) return { status, words: "200", body };
  const type = response.headers.get("content-type")?.split(";")[0] ?? "no content type";
  return { status, body, words: typeof body["error"] === "string" ? `${String(status)} \`${body["error"]}\`` : `${String(status)}, ${text === "" ? "empty" : type}` };
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
