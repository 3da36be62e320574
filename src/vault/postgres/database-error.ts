import { describeCause, findMcpassError, McpassError } from "../../base/errors.ts";

const codes = {
  /** SQLSTATE. */
  absent: ["42P01", "3F000"],
  // Class 08, a server that is being stopped or started, or has no connection to spare.
  lost: /^(?:08...|57P0[123]|53300|E(?:CONN|PIPE|HOST|NET|TIMEDOUT|NOENT|NOTFOUND|AI_AGAIN)\w*)$/,
};

/** No connection came about, or it ended: what was sent on it may have been done or not. */
export function isLoss(thrown: unknown): boolean {
  const { code, message } = fieldsOf(thrown);
  // What `pg` says of its own connections has no code.
  return code === undefined ? /terminated|timeout|not queryable|connection error/i.test(message) : codes.lost.test(code);
}

/** A loss at which nobody answered. After any other the server is there, or was a moment ago: it has no connection to spare, is being restarted, or ended one. */
export function isSilence(thrown: unknown): boolean {
  const { code, message } = fieldsOf(thrown);
  return code === undefined ? /timeout/i.test(message) : /^E(?!CONNRESET|PIPE)/.test(code);
}

/** The server has no connection to spare. */
export function isCrowded(thrown: unknown): boolean {
  return fieldsOf(thrown).code === "53300";
}

/** The tables are not there. */
export function isAbsent(thrown: unknown): boolean {
  return codes.absent.includes(fieldsOf(thrown).code ?? "");
}

/** What went wrong between this vault and its database, in words with the next step. One of ours passes through. */
export function translated(thrown: unknown, code: "vault_unreadable" | "vault_unwritable", place: string): McpassError {
  const known = findMcpassError(thrown);
  if (known !== undefined) return known;
  const does = code === "vault_unreadable" ? "read" : "written";
  return new McpassError(code, `The vault ${place} cannot be ${does}: ${describeCause(thrown)}. Nothing that is stored was changed.`, { hint: hintOf(thrown, place), cause: thrown, details: { place, reason: describeCause(thrown) } });
}

function hintOf(thrown: unknown, place: string): string {
  const { code = "" } = fieldsOf(thrown);
  if (code.startsWith("28")) return "Correct the user or the password: in MCPASS_VAULT, PGPASSWORD or ~/.pgpass.";
  if (code === "3D000") return `Make the database: createdb ${new URL(place).pathname.slice(1)}`;
  if (code === "42501") return "Let this user make the schema mcpass, or make it as docs/postgresql.md says.";
  if (code === "53300") return "Let the server take more connections (max_connections), or put a pooler before it.";
  if (code === "25006") return "This server only reads: name the primary in MCPASS_VAULT.";
  if (code.startsWith("53")) return "Give the server room to write.";
  if (/CERT|VERIFY|SSL|TLS/.test(code)) return "Name its authority with sslrootcert=FILE in MCPASS_VAULT, or in NODE_EXTRA_CA_CERTS.";
  return "Check that the database is up and that MCPASS_VAULT names it: no sign-in is lost, and none is needed.";
}

function fieldsOf(thrown: unknown): { readonly code: string | undefined; readonly message: string } {
  const { code, message } = (thrown ?? {}) as { code?: unknown; message?: unknown };
  return { code: typeof code === "string" ? code : undefined, message: typeof message === "string" ? message : "" };
}
