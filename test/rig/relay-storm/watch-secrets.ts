import type { AuthorizationServerStore } from "../../servers/authorization-server/store.ts";

/** Looks for secrets in texts of any length, as they come. */
export interface SecretWatch {
  /** A reader of one text, for its pieces in their order. */
  reader(where: string): (piece: string) => void;
  /** Where which kind was seen. */
  readonly found: readonly string[];
}

/** The longest that is looked for. */
const overlap = 128;

/** `others`: those that no issuer gave, by what they are. Everything else is known by the issuer's own spelling, as `store.ts` has it. */
export function watchSecrets({ tokens, codes }: AuthorizationServerStore, others: ReadonlyMap<string, string>): SecretWatch {
  const found = new Set<string>();
  return {
    get found() {
      return [...found];
    },
    reader: (where) => {
      let rest = "";
      return (piece) => {
        const text = rest + piece;
        rest = text.slice(-overlap);
        for (const [candidate] of text.matchAll(/(?:at|rt|code)-[\w-]{24}/g)) {
          const kind = tokens.get(candidate)?.kind ?? (codes.has(candidate) ? "code" : undefined);
          if (kind !== undefined) found.add(`${kind} in ${where}`);
        }
        for (const [secret, name] of others) if (text.includes(secret)) found.add(`${name} in ${where}`);
      };
    },
  };
}
