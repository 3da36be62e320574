import type { McpassError } from "../../base/errors.ts";
import type { McpassEvent } from "../../base/events.ts";
import type { Examination, GrantView, Prompt, Resource, Tool } from "../../connection/manager.ts";
import { type PastError, withError } from "./past-errors.ts";
import type { BareNotice, ScreenManager, Snapshot } from "./screen-types.ts";

export type Tone = "good" | "warn" | "bad" | "quiet";

/** What came of something that a person did, shown at its server until the next. */
export interface Outcome {
  readonly tone: Tone;
  readonly lines: readonly string[];
}

/** A word at the top right that goes by itself. */
export interface Toast {
  readonly id: number;
  readonly tone: Tone;
  readonly text: string;
}

export interface Happening {
  readonly id: number;
  readonly event: McpassEvent;
}

/** A sign-in that waits for a person. */
export interface SignInUnderWay {
  readonly server: string;
  /** Absent: its address is not known yet. */
  readonly notice: BareNotice | undefined;
  /** Who asks whom for what. */
  readonly consent: readonly string[];
  /** What is said while it waits: a refused paste, that a browser did not open. */
  readonly said: Outcome | undefined;
  readonly paste: (text: string) => void;
  readonly cancel: () => void;
}

export interface Catalog {
  readonly state: "loading" | "there" | "failed";
  readonly error?: McpassError | undefined;
  readonly tools: readonly Tool[];
  readonly prompts: readonly Prompt[];
  readonly resources: readonly Resource[];
}

export interface Examined {
  readonly running: boolean;
  readonly found: Examination["findings"];
  readonly examination?: Examination | undefined;
  readonly error?: McpassError | undefined;
}

/** The sign-in that serves a server, with how often it was renewed. */
export interface GrantFacts {
  readonly grant: GrantView;
  /** undefined: not known here. */
  readonly renewals: number | undefined;
}

/** Every stored sign-in of a server. */
export type Accounts = readonly GrantView[];

/** A server's question to the person. */
export interface Question {
  readonly id: number;
  readonly server: string;
  readonly request: unknown;
  readonly answer: (result: object) => void;
}

export interface ScreenState {
  /** By name. */
  readonly servers: readonly Snapshot[];
  readonly now: number;
  readonly toasts: readonly Toast[];
  /** Newest last. */
  readonly happenings: readonly Happening[];
  readonly signIns: ReadonlyMap<string, SignInUnderWay>;
  readonly catalogs: ReadonlyMap<string, Catalog>;
  readonly examined: ReadonlyMap<string, Examined>;
  readonly grants: ReadonlyMap<string, GrantFacts>;
  readonly accounts: ReadonlyMap<string, Accounts>;
  /** What went wrong since the screen was opened, newest last. */
  readonly errors: ReadonlyMap<string, readonly PastError[]>;
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** What is under way, by server: `Connecting…`. */
  readonly busy: ReadonlyMap<string, string>;
  /** Oldest first; the first is asked. */
  readonly questions: readonly Question[];
}

type ByServer = { [Member in keyof ScreenState]: ScreenState[Member] extends ReadonlyMap<string, unknown> ? Member : never }[keyof ScreenState];
type ValueOf<Member extends ByServer> = ScreenState[Member] extends ReadonlyMap<string, infer Value> ? Value : never;

const keptHappenings = 500;
export const toastMs = 8_000;
/** What comes close together makes one frame: sooner where a person waits for it, ten times a second for what happens by itself. */
const gatherMs = { person: 20, events: 100 } as const;

/** What the screen knows: the manager's snapshots, and what came of what a person did. */
export class Store {
  #state: ScreenState;
  readonly #manager: Pick<ScreenManager, "list">;
  readonly #now: () => number;
  readonly #listeners = new Set<() => void>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #telling: NodeJS.Timeout | undefined;
  #due = 0;
  #stale = false;
  #count = 0;

  constructor(manager: Pick<ScreenManager, "list">, now: () => number) {
    this.#manager = manager;
    this.#now = now;
    this.#state = { servers: sorted(manager.list()), now: now(), toasts: [], happenings: [], signIns: new Map(), catalogs: new Map(), examined: new Map(), grants: new Map(), accounts: new Map(), errors: new Map(), outcomes: new Map(), busy: new Map(), questions: [] };
  }

  readonly get = (): ScreenState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** Sets what is known of a server in one respect; undefined forgets it. */
  put<Member extends ByServer>(member: Member, server: string, value: ValueOf<Member> | undefined): void {
    const known = new Map(this.#state[member] as ReadonlyMap<string, ValueOf<Member>>);
    if (known.get(server) === value) return;
    if (value === undefined) known.delete(server);
    else known.set(server, value);
    this.#change({ [member]: known });
  }

  toast(tone: Tone, text: string): void {
    const toast = { id: (this.#count += 1), tone, text };
    this.#change({ toasts: [...this.#state.toasts, toast].slice(-3) });
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#change({ toasts: this.#state.toasts.filter(({ id }) => id !== toast.id) });
    }, toastMs);
    this.#timers.add(timer);
  }

  note(event: McpassEvent): void {
    this.#state = { ...this.#state, happenings: [...this.#state.happenings, { id: (this.#count += 1), event }].slice(-keptHappenings) };
    this.refresh();
  }

  /** Remembers what went wrong; `next`: what is to be done, where the error itself does not say it. */
  noteError(server: string, error: McpassError, at: number, next?: string): void {
    this.put("errors", server, withError(this.#state.errors.get(server) ?? [], error, at, next));
  }

  /** Puts a server's question to the person; settles with the answer, and with `cancel` when it is over. */
  ask(server: string, request: unknown, over?: AbortSignal): Promise<object> {
    return new Promise((resolve) => {
      const question: Question = {
        id: (this.#count += 1),
        server,
        request,
        answer: (result) => {
          this.#change({ questions: this.#state.questions.filter((each) => each !== question) });
          resolve(result);
        },
      };
      over?.addEventListener("abort", () => question.answer({ action: "cancel" }), { once: true });
      this.#change({ questions: [...this.#state.questions, question] });
    });
  }

  /** The snapshots, and the time, again. */
  refresh(): void {
    this.#stale = true;
    this.#tellSoon(gatherMs.events);
  }

  close(): void {
    clearTimeout(this.#telling);
    for (const timer of this.#timers) clearTimeout(timer);
    this.#listeners.clear();
  }

  #change(members: Partial<ScreenState>): void {
    this.#state = { ...this.#state, ...members };
    this.#tellSoon(gatherMs.person);
  }

  #tellSoon(ms: number): void {
    const due = performance.now() + ms;
    if (this.#telling !== undefined && this.#due <= due) return;
    clearTimeout(this.#telling);
    this.#due = due;
    this.#telling = setTimeout(() => this.#tell(), ms);
  }

  #tell(): void {
    this.#telling = undefined;
    if (this.#stale) this.#state = { ...this.#state, servers: sorted(this.#manager.list()), now: this.#now() };
    this.#stale = false;
    for (const listener of this.#listeners) listener();
  }
}

function sorted(servers: readonly Snapshot[]): readonly Snapshot[] {
  return [...servers].sort((one, other) => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0));
}
