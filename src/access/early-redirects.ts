/** Redirects that came before anybody said that they are theirs, while a port changes hands. */
export interface EarlyRedirects {
  /** From now on, for this many milliseconds. Once at a time. */
  gather(forMs: number): void;
  /** False when it is not the time for it; otherwise `answer` is called when the digest is claimed, or when the time is over. */
  keep(digest: string, answer: () => void): boolean;
  claim(digest: string): void;
  /** Settles when nothing is kept. */
  gathered(): Promise<void>;
}

export function createEarlyRedirects(): EarlyRedirects {
  const waiting = new Map<string, { readonly answer: () => void; readonly answered: Promise<void> }[]>();
  let gathering = false;
  const claim = (digest: string): void => {
    const kept = waiting.get(digest) ?? [];
    waiting.delete(digest);
    for (const { answer } of kept) answer();
  };
  return {
    gather(forMs) {
      if (gathering) return;
      gathering = true;
      setTimeout(() => {
        gathering = false;
        for (const digest of [...waiting.keys()]) claim(digest);
      }, forMs).unref();
    },
    keep(digest, answer) {
      if (!gathering) return false;
      let settle = (): void => undefined;
      const answered = new Promise<void>((resolve) => (settle = resolve));
      waiting.set(digest, [...(waiting.get(digest) ?? []), { answer: () => (answer(), settle()), answered }]);
      return true;
    },
    claim,
    gathered: async () => void (await Promise.all([...waiting.values()].flat().map(({ answered }) => answered))),
  };
}
