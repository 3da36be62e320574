import { describeCause, findMcpassError, McpassError } from "../../base/errors.ts";

const codes = {
  /** SQLSTATE. */
  absent: ["42P01", "3F000"],
  crowded: ["53300"],
  // Class 08, and a server that is being stopped or started.
  lost: /^(?:08...|57P0[123]|E(?:CONN|PIPE|HOST|NET|TIMEDOUT|NOENT|NOTFOUND|AI_AGAIN)\w*)$/,
};

/** No connection came about, or it ended: what was sent on it may have been done or not. */
export function isLoss(thrown: unknown): boolean {
  const { code, message } = fieldsOf(thrown);
  if (code !== undefined && (codes.lost.test(code) || codes.crowded.includes(code))) return true;
  // What `pg` says of its own connections has no code.
  return code === undefined && /terminated|timeout|not queryable|connection error/i.test(message);
}

export function isOvercrowded(thrown: unknown): boolean {
  return codes.crowded.includes(fieldsOf(thrown).code ?? "");
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
  if (/CERT|SSL|TLS/.test(code)) return "Name its authority with sslrootcert=FILE in MCPASS_VAULT, or in NODE_EXTRA_CA_CERTS.";
  return "Check that the database is up and that MCPASS_VAULT names it: no sign-in is lost, and none is needed.";
}

function fieldsOf(thrown: unknown): { readonly code: string | undefined; readonly message: string } {
  const { code, message } = (thrown ?? {}) as { code?: unknown; message?: unknown };
  return { code: typeof code === "string" ? code : undefined, message: typeof message === "string" ? message : "" };
}
