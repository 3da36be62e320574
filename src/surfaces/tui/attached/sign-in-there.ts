import { McpassError } from "../../../base/errors.ts";
import type { Emitter } from "../../../base/events.ts";
import type { AuthorizationNotice, GrantView, SignInResult } from "../../../connection/manager.ts";
import { toError } from "../actions.ts";
import type { ScreenManager, Snapshot } from "../screen-types.ts";
import { asSchema } from "../../../base/form-schema.ts";
import type { ServeApi } from "./serve-api.ts";

export interface There {
  readonly api: ServeApi;
  readonly emitter: Emitter;
  readonly now: () => number;
  readonly snapshot: () => Snapshot;
  readonly grants: () => Promise<readonly GrantView[]>;
}

type Options = Parameters<ScreenManager["signIn"]>[1];

const patienceMs = 600_000;
const failures = { refused: ["authorization_refused", "The sign-in was refused."], expired: ["authorization_expired", "The sign-in was not finished in time."], cancelled: ["cancelled", "The sign-in was cancelled."] } as const;

/** One sign-in that a `mcpass serve` runs: its address is shown here, what is pasted is sent there, and its events say how it ends. */
export async function signInThere(there: There, name: string, options: Options): Promise<SignInResult> {
  const { api, now } = there;
  const { account, force, device, signal } = options;
  const about = account === undefined ? {} : { account };
  // Only a person's own word cancels it over there; whoever just leaves has not said so.
  signal?.addEventListener("abort", () => signal.reason instanceof McpassError && void api.ask("POST", ["mcp", name, "auth", "cancel"], { body: about }).catch(() => undefined), { once: true });
  const ended = endOf(there, name, signal);
  ended.catch(() => undefined);
  const started = asSchema(await api.ask("POST", ["mcp", name, "auth"], { body: { ...about, ...(force === true ? { force } : {}), ...(device === true ? { device } : {}) }, signal }));
  const { authorizationUrl } = started;
  if (typeof authorizationUrl !== "string" || authorizationUrl === "") return ofGrant(there, name, account, "already-signed-in");
  options.onAuthorization({ server: name, url: authorizationUrl, expiresAt: now() + patienceMs, ledBy: undefined, device: deviceOf(started), ...noticeOf(started) }, deviceOf(started) === undefined);
  void send(api, name, options);
  await ended;
  return ofGrant(there, name, account, "signed-in");
}

function deviceOf({ device }: Readonly<Record<string, unknown>>): AuthorizationNotice["device"] {
  const { userCode, verificationUri } = asSchema(device);
  return typeof userCode === "string" && typeof verificationUri === "string" ? { userCode, verificationUri } : undefined;
}

/** What the person agrees to, as it is told over there; nothing where it is told otherwise than we know it. */
function noticeOf({ notice }: Readonly<Record<string, unknown>>): Partial<AuthorizationNotice> {
  const given = asSchema(notice);
  const areTexts = ["server", "serverUrl", "url", "issuer", "account", "clientKind", "clientId", "storedIn"].every((key) => typeof given[key] === "string");
  const areLists = ["endpointHosts", "scopes"].every((key) => Array.isArray(given[key]) && (given[key] as unknown[]).every((each) => typeof each === "string"));
  return areTexts && areLists && typeof given["expiresAt"] === "number" ? (given as Partial<AuthorizationNotice>) : {};
}

async function ofGrant({ snapshot, grants }: There, name: string, wanted: string | undefined, kind: "signed-in" | "already-signed-in"): Promise<SignInResult> {
  const account = wanted ?? snapshot().account;
  const grant = (await grants()).find((each) => each.server === name && each.account === account);
  if (grant === undefined) return { kind: "not-needed" };
  return kind === "signed-in" ? { kind, grant, verified: true, tools: undefined } : { kind, grant };
}

function endOf({ emitter, snapshot }: There, name: string, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = emitter.subscribe((event) => {
      if (event.type !== "authorization.ended" || event.server !== name) return;
      stop();
      if (event.outcome === "completed") return resolve();
      const [code, message] = failures[event.outcome];
      // What it failed for stands in the server's status.
      const { error } = snapshot();
      reject(error?.code === code ? error : new McpassError(code, message));
    });
    signal?.addEventListener("abort", () => (stop(), reject(signal.reason instanceof McpassError ? signal.reason : new McpassError("cancelled", "It is not waited for here any more; mcpass serve goes on waiting until the sign-in is over."))), { once: true });
  });
}

async function send(api: ServeApi, name: string, { pasted, onPasteRefused }: Options): Promise<void> {
  for await (const url of pasted ?? []) await api.ask("POST", ["mcp", name, "auth", "callback"], { body: { url } }).catch((thrown: unknown) => onPasteRefused?.(toError(thrown)));
}
