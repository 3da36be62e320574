import { McpassError } from "../base/errors.ts";
import { hasGap, shownAddress } from "../base/redact.ts";
import { checkValue } from "./check-entry.ts";
import type { ConfiguredServer } from "./configuration.ts";
import { shownOf } from "./configure-server.ts";
import { quoted } from "./quoted.ts";
import { defaultTimeouts } from "./server-entry.ts";
import { toServerEntry } from "./to-server-entry.ts";

/** Whether a `<server>` on the command line is meant as a URL and not as a name. */
export function isAddress(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/** A bare https:// (or loopback http://) URL used in place of a name. Its own name is the address as it may be shown. @throws McpassError `usage` */
export function entryForAddress(url: string): ConfiguredServer {
  const value = { type: "remote", url };
  const checked = checkValue(value);
  const shown = shownOf(value);
  if (!("input" in checked)) throw new McpassError("usage", `${quoted(withoutQuery(shown.url ?? ""))} cannot be used as a server: it ${checked.problems[0].problem}`);
  const { protocol, hostname } = new URL(url);
  if (protocol === "http:" && !isLoopback(hostname)) {
    throw new McpassError("usage", `${quoted(withoutQuery(url))} is plain http: a token sent there could be read on the way; only loopback addresses may be http`, {
      hint: `use ${quoted(withoutQuery(url).replace(/^http:/i, "https:"))}`,
    });
  }
  if (hasGap(url)) throw new McpassError("usage", `${quoted(shownAddress(url))} is an address as it is shown, with … where a secret stands`, { hint: "give the whole address, or configure it (mcpass add NAME ADDRESS) and use its name" });
  const entry = toServerEntry(checked.input, { timeouts: defaultTimeouts, baseDirectory: "", fileDirectory: "", homeDirectory: "", fileHeaders: [] });
  return { name: shownAddress(url), source: { file: "", line: 0, column: 0, layer: "address" }, entry, error: undefined, enabled: true, shown };
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, "");
}
