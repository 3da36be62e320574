/** What a worker of a storm is told when it starts: one JSON word on its command line. */
export interface StormPlan {
  /** Moves config, data, state and cache: what the processes of one machine share. */
  readonly home: string;
  readonly url: string;
  readonly accounts: readonly string[];
  /** Every one of these is also renewed ahead of its end, as an open connection does it. */
  readonly keptFresh: readonly string[];
  readonly worker: number;
  readonly beatMs: number;
  /** How many accounts one worker calls at one beat, at once. */
  readonly callsPerBeat: number;
  /** The longest that a request to the issuer may take. */
  readonly patienceMs: number | undefined;
}

/** What a worker is told, over its IPC channel. All of them call at the same instants: whole multiples of `beatMs` after `startAt`. */
export type StormOrder = { readonly type: "start"; readonly startAt: number } | { readonly type: "stop" };

/** What it tells. "ready": its grants are open, its first calls were answered, and it waits for its start. */
export type StormMessage =
  | { readonly type: "ready" }
  | { readonly type: "failed"; readonly failure: FailedCall }
  /** Its last words, after which it lets go of its vault and ends. `tookMs`: every call that went well. */
  | { readonly type: "done"; readonly tookMs: readonly number[] };

export interface FailedCall {
  readonly account: string;
  readonly at: number;
  readonly code: string;
  readonly message: string;
}

/** Every this many beats all workers call the same accounts. */
const allHandsEvery = 4;

/** The accounts that `worker` calls at `beat`; the same for whoever asks. */
export function accountsAt({ accounts, worker, callsPerBeat }: Pick<StormPlan, "accounts" | "worker" | "callsPerBeat">, beat: number): readonly string[] {
  const random = randomsOf(beat % allHandsEvery === 0 ? beat : beat * 1_009 + worker + 1);
  const drawn = accounts.map((account) => ({ account, at: random() })).sort((one, other) => one.at - other.at);
  return drawn.slice(0, callsPerBeat).map(({ account }) => account);
}

/** Numbers in [0, 1), the same ones for the same seed (a linear congruential generator, modulus 2^32). */
export function randomsOf(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  for (let warmUp = 0; warmUp < 8; warmUp += 1) next();
  return next;
}
