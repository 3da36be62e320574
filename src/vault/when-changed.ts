/** For who waits in a crowd: looks each time it is asked, and asks `enough` only about what is another than the last time. */
export function whenChanged<T>(look: () => Promise<T>, enough: (seen: T) => boolean | Promise<boolean>): () => Promise<boolean> {
  let last: { readonly seen: T } | undefined;
  return async () => {
    const seen = await look();
    if (last !== undefined && last.seen === seen) return false;
    last = { seen };
    return enough(seen);
  };
}
