/** Ours, and what it is measured beside. */
export type Two<T> = readonly [ours: T, other: T];
