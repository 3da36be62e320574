import type { Examination, GrantHistory, GrantView } from "../../../connection/manager.ts";
import type { Snapshot } from "../screen-types.ts";
import { asSchema } from "../../../base/form-schema.ts";
import { errorOf } from "./serve-api.ts";

const statuses = ["connected", "failed", "disabled", "needs_auth", "needs_client_registration"] as const satisfies readonly Snapshot["status"][];

/** What `GET /mcp/{name}` answers, as a manager here would tell it. */
export function asSnapshot(details: Readonly<Record<string, unknown>>): Snapshot {
  const { name, type, url, command, status, connecting, enabled, account, identity, error, next, tools, protocolVersion, expiresAt, source } = details;
  const accounts = accountsOf(details);
  return {
    name: String(name),
    type: type === "local" ? "local" : "remote",
    url: text(url),
    command: Array.isArray(command) ? command.map(String) : undefined,
    source: { file: "", line: 0, layer: "file", ...asSchema(source) } as Snapshot["source"],
    // To others, what is not connected reads as what is switched off.
    status: connecting === true ? "connecting" : status === "disabled" && enabled !== false ? "idle" : (statuses.find((known) => known === status) ?? "idle"),
    account: text(account) ?? "default",
    identity: asIdentity(identity),
    error: errorOf(error),
    hint: text(next),
    tools: typeof tools === "number" ? tools : undefined,
    protocolVersion: text(protocolVersion),
    expiresAt: typeof expiresAt === "number" ? expiresAt : undefined,
    signedIn: accounts.some((each) => each["account"] === account && each["state"] !== "ended"),
  };
}

/** How often its sign-in was renewed, as its history would tell; undefined: it has none. */
export function asHistory({ renewals }: Readonly<Record<string, unknown>>): GrantHistory | undefined {
  return typeof renewals !== "number" ? undefined : ({ entries: Array.from({ length: renewals }, () => ({ event: "renewed" })) } as unknown as GrantHistory);
}

/** Its stored sign-ins. */
export function asGrants(details: Readonly<Record<string, unknown>>): readonly GrantView[] {
  const server = String(details["name"]);
  const serverUrl = text(details["url"]) ?? "";
  return accountsOf(details).map((each) => ({
    server,
    serverUrl,
    serverUrls: [serverUrl],
    account: String(each["account"]),
    identity: asIdentity(each["identity"]),
    issuer: text(each["issuer"]) ?? "",
    scopes: Array.isArray(each["scopes"]) ? each["scopes"].map(String) : [],
    expiresAt: typeof each["expiresAt"] === "number" ? each["expiresAt"] : undefined,
    renewable: each["renewable"] === true,
    grantType: "authorization_code",
    bound: false,
    state: String(each["state"]) as GrantView["state"],
    clientKind: undefined,
    clientId: text(each["clientId"]) ?? "",
    obtainedAt: typeof each["obtainedAt"] === "number" ? each["obtainedAt"] : 0,
    error: errorOf(each["error"]),
  }) as unknown as GrantView);
}

export function asExamination(content: unknown): Examination {
  const { verdict, remedy, findings, durationMs, ...rest } = asSchema(content);
  const { kind, fault, error } = asSchema(verdict);
  return { ...rest, findings: Array.isArray(findings) ? findings : [], grants: [], exchanges: [], durationMs: Number(durationMs), verdict: { kind, fault: fault ?? undefined, error: errorOf(error) }, remedy: remedy ?? undefined } as unknown as Examination;
}

function accountsOf({ accounts }: Readonly<Record<string, unknown>>): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(accounts) ? accounts.map(asSchema) : [];
}

function asIdentity(value: unknown): Snapshot["identity"] {
  const { subject, name, email } = asSchema(value);
  return value === undefined || value === null ? undefined : { subject: text(subject), name: text(name), email: text(email) } as Snapshot["identity"];
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
