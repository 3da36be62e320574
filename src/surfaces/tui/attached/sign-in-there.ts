import { McpassError } from "../../../base/errors.ts";
import type { Emitter } from "../../../base/events.ts";
import type { GrantView, SignInResult } from "../../../connection/manager.ts";
import { toError } from "../actions.ts";
import type { ScreenManager, Snapshot } from "../screen-types.ts";
import { asSchema } from "../schema.ts";
import type { ServeApi } from "./serve-api.ts";

export interface There {
  readonly api: ServeApi;
  readonly emitter: Emitter;
  readonly now: () => number;
  readonly snapshot: () => Snapshot;
  readonly grants: () => Promise<readonly GrantView[]>;
}

const patienceMs = 600_000;
const failures = { refused: ["authorization_refused", "The sign-in was refused."], expired: ["authorization_expired", "The sign-in was not finished in time."], cancelled: ["cancelled", "The sign-in was cancelled."] } as const;

/** One sign-in that a `mcpass serve` runs: its address is shown here, what is pasted is sent there, and its events say how it ends. */
export async function signInThere(there: There, name: string, options: Parameters<ScreenManager["signIn"]>[1]): Promise<SignInResult> {
  const { api, now } = there;
  const ended = endOf(there, name, options.signal);
  ended.catch(() => undefined);
  const { authorizationUrl, device } = asSchema(await api.ask("POST", ["mcp", name, "auth"], { body: options.force === true ? { force: true } : {}, signal: options.signal }));
  if (typeof authorizationUrl !== "string" || authorizationUrl === "") return ofGrant(there, name, "already-signed-in");
  const { userCode, verificationUri } = asSchema(device);
  options.onAuthorization({ server: name, url: authorizationUrl, expiresAt: now() + patienceMs, ledBy: undefined, device: typeof userCode === "string" && typeof verificationUri === "string" ? { userCode, verificationUri } : undefined });
  void send(api, name, options);
  await ended;
  return ofGrant(there, name, "signed-in");
}

async function ofGrant({ snapshot, grants }: There, name: string, kind: "signed-in" | "already-signed-in"): Promise<SignInResult> {
  const { account } = snapshot();
  const grant = (await grants()).find((each) => each.server === name && each.account === account);
  if (grant === undefined) return { kind: "not-needed" };
  return kind === "signed-in" ? { kind, grant, verified: true, tools: undefined } : { kind, grant };
}

function endOf({ emitter }: There, name: string, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = emitter.subscribe((event) => {
      if (event.type !== "authorization.ended" || event.server !== name) return;
      stop();
      if (event.outcome === "completed") return resolve();
      const [code, message] = failures[event.outcome];
      reject(new McpassError(code, message));
    });
    signal?.addEventListener("abort", () => (stop(), reject(new McpassError("cancelled", "It is not waited for here any more; mcpass serve goes on waiting until the sign-in is over."))), { once: true });
  });
}

async function send(api: ServeApi, name: string, { pasted, onPasteRefused }: Parameters<ScreenManager["signIn"]>[1]): Promise<void> {
  for await (const url of pasted ?? []) await api.ask("POST", ["mcp", name, "auth", "callback"], { body: { url } }).catch((thrown: unknown) => onPasteRefused?.(toError(thrown)));
}
