import type { AuthorizationServerStore } from "../../servers/authorization-server/store.ts";
import { createLedger, type Ledger, type LedgerEntry } from "../../servers/ledger.ts";

/** What the servers of a storm have seen. */
export interface StormCounts {
  /** Refresh tokens that were redeemed, each at the end of its access token's life. */
  readonly expiries: number;
  /** Times that a refresh token was sent once more after it had been redeemed, whatever the server made of it. */
  readonly redeemedTwice: number;
  /** Renewals that were not answered with 200. */
  readonly renewalsRefused: number;
  readonly authorizations: number;
  readonly registrations: number;
  readonly revocations: number;
  /** Tokens that the authorization server has ended before their time. */
  readonly tokensRevoked: number;
  /** Calls that the MCP server answered. */
  readonly calls: number;
  /** Calls whose token it refused. */
  readonly callsRefused: number;
}

export interface CountingLedger {
  /** For the servers. It forgets a request once it is counted. */
  readonly ledger: Ledger;
  counts(store: AuthorizationServerStore): StormCounts;
  /** Counting of requests begins anew. */
  reset(): void;
}

/** `onRequest` is called with every request when it arrives, before its body is read. */
export function createCountingLedger(onRequest: (entry: LedgerEntry) => void): CountingLedger {
  const ledger = createLedger();
  const seen = new Map<string, number>();
  const refusedTokens: string[] = [];
  const of = (what: string): number => seen.get(what) ?? 0;
  const fold = (): void => {
    const entries = [...ledger.entries];
    ledger.clear();
    for (const entry of entries) {
      if (entry.status === 0 && !entry.cut) {
        ledger.append(entry);
        continue;
      }
      const what = describe(entry);
      seen.set(what, of(what) + 1);
      if (what === "POST /token 400") refusedTokens.push(new URLSearchParams(entry.body).get("refresh_token") ?? "");
    }
  };
  const sum = (pattern: RegExp): number => [...seen].reduce((total, [what, count]) => total + (pattern.test(what) ? count : 0), 0);
  return {
    ledger: {
      ...ledger,
      append: (entry) => {
        ledger.append(entry);
        onRequest(entry);
      },
    },
    counts: (store) => {
      fold();
      const issued = [...store.tokens.values()];
      const refresh = issued.filter(({ kind }) => kind === "refresh");
      const used = refresh.filter(({ usedAt }) => usedAt !== undefined).length;
      const families = new Set(refresh.map(({ family }) => family)).size;
      return {
        expiries: used,
        // Within a time of grace it brings one more successor, else a refusal.
        redeemedTwice: refresh.length - families - used + refusedTokens.filter((token) => store.tokens.get(token)?.usedAt !== undefined).length,
        renewalsRefused: sum(/^POST \/token (?!200)/),
        authorizations: sum(/\/authorize /),
        registrations: sum(/\/register /),
        revocations: sum(/\/revoke /),
        tokensRevoked: issued.filter(({ state }) => state === "revoked").length,
        calls: of("POST /mcp 200"),
        callsRefused: of("POST /mcp 401"),
      };
    },
    reset: () => {
      fold();
      seen.clear();
    },
  };
}

function describe({ method, path, status }: LedgerEntry): string {
  return `${method} ${path.split("?")[0] ?? ""} ${String(status)}`;
}
