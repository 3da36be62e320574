import { showUrl } from "../../base/redact.ts";
import type { GrantView, Manager, ServerSnapshot } from "../../connection/manager.ts";
import type { ServerDetails } from "./answer-schemas.ts";
import { errorBody } from "./error-answers.ts";

type Account = ServerDetails["accounts"][number];

/** One server with its stored sign-ins, safe to show. A vault that cannot be read costs the accounts, not the answer. */
export async function describeServer(manager: Manager, name: string): Promise<ServerDetails> {
  const snapshot = manager.snapshot(name);
  const grants = await manager.grants().catch(() => []);
  const own = grants.filter((grant) => belongsTo(grant, name));
  const current = own.find(({ account }) => account === snapshot.account);
  const history = current === undefined ? undefined : await manager.history(name).catch(() => undefined);
  const renewals = history?.entries.filter(({ event }) => event === "renewed").length ?? null;
  return { ...aboutConnection(manager, snapshot), ...aboutSignIn(snapshot, current), renewals, accounts: own.map(toAccount) };
}

/** `server` of a grant lists every configured name that it serves. */
function belongsTo({ server }: GrantView, name: string): boolean {
  return server !== undefined && (server === name || server.split(", ").includes(name));
}

function aboutConnection(manager: Manager, snapshot: ServerSnapshot): Omit<ServerDetails, "account" | "identity" | "issuer" | "scopes" | "expiresAt" | "renewable" | "renewals" | "accounts"> {
  const { name, type, url, command, status, error, hint, tools, protocolVersion, source } = snapshot;
  return {
    name,
    type,
    url: url === undefined ? null : showUrl(url),
    command: command ?? null,
    status: manager.status()[name]?.status ?? "disabled",
    connecting: status === "connecting",
    enabled: status !== "disabled",
    error: error === undefined ? null : errorBody(error, name),
    next: hint ?? null,
    tools: tools ?? null,
    protocolVersion: protocolVersion ?? null,
    source: { file: source.file, line: source.line, layer: source.layer },
  };
}

function aboutSignIn({ signedIn, account, identity, expiresAt }: ServerSnapshot, grant: GrantView | undefined): Pick<ServerDetails, "account" | "identity" | "issuer" | "scopes" | "expiresAt" | "renewable"> {
  return {
    account: signedIn || grant !== undefined ? (account ?? null) : null,
    identity: identityJson(identity ?? grant?.identity),
    issuer: grant?.issuer ?? null,
    scopes: grant?.scopes ?? [],
    expiresAt: grant?.expiresAt ?? expiresAt ?? null,
    renewable: grant?.renewable ?? null,
  };
}

function toAccount({ account, identity, issuer, state, scopes, expiresAt, renewable, obtainedAt, clientId, error }: GrantView): Account {
  return { account, identity: identityJson(identity), issuer, state, scopes, expiresAt: expiresAt ?? null, renewable, obtainedAt: obtainedAt === 0 ? null : obtainedAt, clientId, error: error === undefined ? null : errorBody(error, "") };
}

function identityJson(identity: GrantView["identity"]): Account["identity"] {
  return identity === undefined ? null : { subject: identity.subject ?? null, name: identity.name ?? null, email: identity.email ?? null };
}
