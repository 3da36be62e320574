import { appendFileSync, closeSync, mkdirSync, openSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { dirname } from "node:path";

import { describeCause, type McpassError } from "../base/errors.ts";
import type { McpassEvent } from "../base/events.ts";
import { showUrl } from "../base/redact.ts";
import { forbidden, type Policy } from "../config/policy.ts";
import type { Manager } from "./manager.ts";

/** What a policy wants written down: one JSON object a line, appended, without any secret; the files are for their owner only. E04 */
export interface AuditLog {
  /** Throws `forbidden_by_policy` when a log cannot be written: then nothing happens that would have to be in it. */
  require(): void;
  /** Never throws: what has happened has happened. */
  note(event: McpassEvent): void;
}

export function openAuditLog({ auditLogs }: Policy): AuditLog {
  const logs = auditLogs.map(({ log, policy }) => ({ policy, file: log.replace("{user}", userName()).replace(/^~(?=[/\\])/, () => account().homedir) }));
  return {
    require: () => {
      for (const { file, policy } of logs) {
        try {
          mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
          closeSync(openSync(file, "a", 0o600));
        } catch (thrown) {
          throw forbidden(policy, "auditLog", `anything that cannot be written to ${file}: ${describeCause(thrown)}`);
        }
      }
    },
    note: (event) => {
      const line = logs.length === 0 ? undefined : lineOf(event);
      if (line === undefined) return;
      for (const { file } of logs) {
        try {
          appendFileSync(file, `${JSON.stringify({ at: new Date(event.at).toISOString(), user: userName(), process: process.pid, ...line })}\n`, { mode: 0o600 });
        } catch {
          // It could be written a moment ago, before this began.
        }
      }
    },
  };
}

/** undefined: nothing that an audit asks for. */
function lineOf(event: McpassEvent): object | undefined {
  const about = "issuer" in event ? { server: event.server, url: showUrl(event.serverUrl), account: event.account, issuer: event.issuer } : { server: event.server };
  switch (event.type) {
    case "grant.obtained":
      return { event: "sign-in", ...about, grant: event.grantType, scopes: event.scopes };
    case "grant.renewed":
      return { event: "renewal", ...about, expiresAt: event.expiresAt === undefined ? null : new Date(event.expiresAt).toISOString() };
    case "grant.ended":
      return { event: "refusal", ...about, what: "renewal", reason: event.reason };
    case "grant.forgotten":
      return { event: "sign-out", ...about, revoked: event.revoked };
    case "refused":
      return { event: "refusal", server: event.server, code: event.error.code, policy: event.error.details["policy"] ?? null, rule: event.error.details["rule"] ?? null, reason: event.error.message };
    default:
      return undefined;
  }
}

function refusedFor(error: McpassError): boolean {
  return ["forbidden_by_policy", "policy_invalid", "authorization_refused", "token_refused", "registration_refused"].includes(error.code);
}

/** The methods of a manager that must be in the log: they do nothing at all where that cannot be written, and their refusals are in it. */
type Logged = "connect" | "fetch" | "signIn" | "startSignIn" | "finishSignIn" | "adopt" | "signOut";

export function audited<M extends Pick<Manager, Logged>>(log: AuditLog, now: () => number, manager: M): M {
  const logged = <Rest extends unknown[], T>(method: (name: string, ...rest: Rest) => Promise<T>) => async (server: string, ...rest: Rest): Promise<T> => {
    log.require();
    try {
      return await method(server, ...rest);
    } catch (thrown) {
      const error = thrown as McpassError;
      if (refusedFor(error)) log.note({ type: "refused", server, at: now(), error });
      throw thrown;
    }
  };
  const { connect, fetch, signIn, startSignIn, finishSignIn, adopt, signOut } = manager;
  return { ...manager, connect: logged(connect), fetch: logged(fetch), signIn: logged(signIn), startSignIn: logged(startSignIn), finishSignIn: logged(finishSignIn), adopt: logged(adopt), signOut: logged(signOut) };
}

function userName(): string {
  return account().username.replace(/[^\w.@-]/g, "_");
}

/** As the system has it, whatever the environment says. */
function account(): { readonly username: string; readonly homedir: string } {
  try {
    return userInfo();
  } catch {
    return { username: `uid-${process.getuid?.() ?? ""}`, homedir: homedir() };
  }
}
