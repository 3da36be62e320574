/** Every request that any server of one test received, in the order in which they arrived. */
export interface LedgerEntry {
  readonly party: string;
  readonly method: string;
  /** As sent: path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** 0 until an answer has begun (or when the connection was cut instead). */
  readonly status: number;
  /** True when the server cut the connection without an answer. */
  readonly cut: boolean;
  /** The common name of the client certificate that was shown, on an https party that asks for one. */
  readonly clientCertificate?: string | undefined;
}

export interface LedgerFilter {
  readonly party?: string;
  readonly method?: string;
  /** The path without its query, or a prefix of it that ends in `*`. */
  readonly path?: string;
  /** What `sequence()` shows after the path: a JSON-RPC method or a grant type. */
  readonly word?: string;
}

export interface Ledger {
  readonly entries: readonly LedgerEntry[];
  append(entry: LedgerEntry): void;
  /** Lines such as "resource POST /mcp initialize → 401", "issuer POST /token authorization_code → 200", "issuer GET /authorize → 302". */
  sequence(...parties: string[]): string[];
  find(filter: LedgerFilter): LedgerEntry[];
  count(filter: LedgerFilter): number;
  /** Entries of any party in which a secret occurs raw, url-encoded or base64, in the path, a header or the body. */
  holding(secret: string): LedgerEntry[];
  /** Forgets what happened so far; servers go on appending. */
  clear(): void;
}

export function createLedger(): Ledger {
  const entries: LedgerEntry[] = [];
  return {
    entries,
    append: (entry) => void entries.push(entry),
    sequence: (...parties) => entries.filter((entry) => parties.length === 0 || parties.includes(entry.party)).map(describeEntry),
    find: (filter) => entries.filter((entry) => matches(entry, filter)),
    count: (filter) => entries.filter((entry) => matches(entry, filter)).length,
    holding: (secret) => entries.filter((entry) => holds(textOf(entry), secret)),
    clear: () => void entries.splice(0),
  };
}

/** The JSON-RPC method of a JSON body, the grant type of a form body, or undefined. */
export function wordOf(entry: LedgerEntry): string | undefined {
  const type = entry.headers["content-type"] ?? "";
  if (type.includes("json")) return rpcMethod(entry.body);
  if (type.includes("form")) return new URLSearchParams(entry.body).get("grant_type") ?? undefined;
  return undefined;
}

/** True when the text holds the secret raw, percent-encoded (once or twice, by any encoder), JSON-escaped, or inside base64. */
export function holds(text: string, secret: string): boolean {
  const once = percentDecoded(text);
  return [text, once, percentDecoded(once)].some((form) => spellings(secret).some((spelling) => form.includes(spelling)));
}

function describeEntry(entry: LedgerEntry): string {
  const outcome = entry.status > 0 ? String(entry.status) : entry.cut ? "cut" : "unanswered";
  return [entry.party, entry.method, pathOf(entry), wordOf(entry), "→", outcome].filter((part) => part !== undefined).join(" ");
}

function matches(entry: LedgerEntry, filter: LedgerFilter): boolean {
  const { party, method, path, word } = filter;
  if (party !== undefined && entry.party !== party) return false;
  if (method !== undefined && entry.method !== method) return false;
  if (word !== undefined && wordOf(entry) !== word) return false;
  if (path === undefined) return true;
  return path.endsWith("*") ? pathOf(entry).startsWith(path.slice(0, -1)) : pathOf(entry) === path;
}

function pathOf(entry: LedgerEntry): string {
  return entry.path.split("?", 1)[0] ?? "";
}

function textOf(entry: LedgerEntry): string {
  return [entry.path, ...Object.entries(entry.headers).flat(), entry.body, ...decodedBasic(entry)].join("\n");
}

/** Basic credentials hide their secret from a plain search: base64 of "id:secret" is not base64 of the secret. */
function decodedBasic(entry: LedgerEntry): string[] {
  const basic = /^basic\s+(\S+)/i.exec(entry.headers["authorization"] ?? "")?.[1];
  return basic === undefined ? [] : [Buffer.from(basic, "base64").toString()];
}

function spellings(secret: string): string[] {
  const encoded = base64Cores(secret);
  return [secret, JSON.stringify(secret).slice(1, -1), secret.replaceAll(" ", "+"), ...encoded, ...encoded.map((core) => core.replaceAll("+", "-").replaceAll("/", "_"))];
}

/** What stays the same in base64 wherever the secret stands in a longer text: one form for each of the three alignments. */
function base64Cores(secret: string): string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.from("\0".repeat(offset) + secret).toString("base64").replace(/=+$/, "");
    return encoded.slice(Math.ceil((offset * 8) / 6), -1);
  });
}

function percentDecoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll("%", ""), "hex").toString());
}

function rpcMethod(body: string): string | undefined {
  try {
    const message = JSON.parse(body) as { method?: unknown };
    return typeof message.method === "string" ? message.method : undefined;
  } catch {
    return undefined;
  }
}
