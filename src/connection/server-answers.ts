import { McpassError } from "../base/errors.ts";
import { plainText, scrub, showUrl } from "../base/redact.ts";
import type { JsonValue } from "../base/errors.ts";

/** Who failed, and what must not be repeated of what they said. */
export interface Place {
  readonly server: string;
  /** undefined for a local server. */
  readonly url: string | undefined;
  /** The program of a local server. */
  readonly command: string | undefined;
  readonly secrets: readonly (string | undefined)[];
}

/** `server_failed`: HTTP said no, and not in the words of MCP. */
export function httpFailure(place: Place, status: number, options: { location?: string | undefined; cause?: unknown } = {}): McpassError {
  const moved = status >= 300 && status < 400 && options.location !== undefined ? ` and points to ${showUrl(absolute(options.location, place.url))}, which is not followed` : "";
  return new McpassError("server_failed", `${place.server} answered HTTP ${String(status)}${moved}${at(place)}.`, {
    hint: status === 404 || status === 405 ? "Check the URL of this server: nothing there speaks MCP." : moved === "" ? undefined : "If that is where the server is now, use that address as its url.",
    cause: options.cause,
    details: { ...whereOf(place), status },
  });
}

/** `protocol_failed`: a JSON-RPC error, with the server's words made harmless. */
export function rpcFailure(place: Place, error: { code: number; message: string }, cause?: unknown): McpassError {
  const words = plainText(scrub(error.message, place.secrets));
  return new McpassError("protocol_failed", `${place.server} answered with error ${String(error.code)}${words === "" ? "" : `: ${words}`}`, {
    cause,
    details: { ...whereOf(place), rpcCode: error.code },
  });
}

/** `protocol_failed`: an answer, but none that an MCP server gives. */
export function notMcp(place: Place, found: string, cause?: unknown): McpassError {
  return new McpassError("protocol_failed", `${nameOf(place)} is not an MCP server: it answered ${plainText(found, 100)}.`, {
    hint: place.url === undefined ? undefined : "Check the URL of this server; the MCP endpoint often ends in /mcp.",
    cause,
    details: whereOf(place),
  });
}

/** `timed_out`: no answer in time. */
export function noAnswer(place: Place, ms: number, doing: string): McpassError {
  return new McpassError("timed_out", `${place.server} did not ${doing} within ${showDuration(ms)}${at(place)}.`, { details: { ...whereOf(place), timeoutMs: ms } });
}

/** `process_failed`: a local server could not be started or ended, with the last it said. */
export function processFailure(place: Place, happened: string, stderr: string, cause?: unknown): McpassError {
  const said = plainText(scrub(stderr, place.secrets), 1000);
  return new McpassError("process_failed", `${place.server}: ${place.command ?? "the command"} ${happened}${said === "" ? "." : `; it said: ${said}`}`, {
    hint: "Run the command by hand, and check command, cwd and environment in its entry.",
    cause,
    details: { ...whereOf(place) },
  });
}

export function nameOf(place: Place): string {
  return place.url === undefined ? (place.command ?? place.server) : showUrl(place.url);
}

/** Where, unless the name says it. */
function at(place: Place): string {
  return nameOf(place) === place.server ? "" : ` (${nameOf(place)})`;
}

export function whereOf(place: Place): Readonly<Record<string, JsonValue | undefined>> {
  return { server: place.server, ...(place.url === undefined ? { command: place.command } : { url: showUrl(place.url) }) };
}

function showDuration(ms: number): string {
  return ms < 1000 ? `${String(ms)} ms` : `${String(Math.round(ms / 100) / 10)} s`;
}

function absolute(location: string, base: string | undefined): string {
  return base !== undefined && URL.canParse(location, base) ? new URL(location, base).href : location;
}
