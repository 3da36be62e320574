import type { Loose, Message } from "../stdio-host.ts";
import { idOfToken, rightText } from "./call.ts";

/** What the server knows of a call. */
export interface Truth {
  /** How often it was done. */
  times: number;
  /** The connection was taken away before the whole answer had left. */
  cut: boolean;
}

/** What became of every request that the hosts of a storm have sent. All but `sent` to `notTaken` must be 0. */
export interface TallyReport {
  readonly sent: number;
  /** Answered with what the server said. */
  readonly results: number;
  /** Answered with an error, by its word. */
  readonly errors: Readonly<Record<string, number>>;
  /** Under way when their bridge or their gateway was killed. */
  readonly endedWithProcess: number;
  /** Not sent, because nobody listened at the gateway's address. */
  readonly notTaken: number;
  /** Never answered; see `Book.lost`. */
  readonly lost: number;
  readonly answeredTwice: number;
  /** Answers, questions and progress that belong to nothing that was asked. */
  readonly unasked: number;
  /** Answered after their deadline. */
  readonly late: number;
  /** Answered with something else than what the server said. */
  readonly wrong: number;
  /** Errors that do not say what happened. */
  readonly unclear: number;
  /** The connection was cut, and the error does not say that it is not known whether it was done. */
  readonly unsaid: number;
  /** Calls that the server has done more than once. */
  readonly doneTwice: number;
  /** Lines and events that are no message. */
  readonly noMessage: number;
}

export type Fault = Exclude<keyof TallyReport, "sent" | "results" | "errors" | "endedWithProcess" | "notTaken">;

interface Open {
  readonly key: string | undefined;
  /** In ms; undefined: the one that is built in, which is longer than any storm. */
  readonly timeoutMs: number | undefined;
  /** When something was last heard of it. */
  heardAt: number;
}

/** What one process, or one session, was asked and has answered. */
export interface Book {
  /** `key`: of a call; undefined: another request. */
  sent(id: number, key?: string): void;
  /** True when it is the answer to something that was asked. */
  heard(message: Message): boolean;
  /** What it has under way is over, as nobody is there any more to answer it. */
  ended(id: number): void;
  notTaken(id: number): void;
  lost(id: number, how: string): void;
  noMessage(text: string): void;
  /** An answer without a word of JSON-RPC about which request it answers: HTTP says that. */
  refused(id: number, message: Message): void;
  /** Its host did not read for so long: that is no delay of anybody else's. */
  didNotRead(ms: number): void;
  readonly open: ReadonlyMap<number, unknown>;
  /** How many calls were answered with what the server said. */
  answers(): number;
}

export interface Tally {
  open(name: string, timeoutMs: number | undefined): Book;
  /** Of one key; made when it is first asked for. */
  truth(key: string): Truth;
  report(): TallyReport;
  /** The first of each fault, in words. */
  examples(): readonly string[];
}

/** How long after its deadline an answer may come on a machine that has much else to do. */
const slackMs = 5_000;

export function createTally(): Tally {
  const truths = new Map<string, Truth>();
  const counts: Record<Fault, number> = { lost: 0, answeredTwice: 0, unasked: 0, late: 0, wrong: 0, unclear: 0, unsaid: 0, doneTwice: 0, noMessage: 0 };
  const plain = { sent: 0, results: 0, endedWithProcess: 0, notTaken: 0 };
  const errors: Record<string, number> = {};
  const examples: string[] = [];
  const doneTwice = (): readonly (readonly [string, Truth])[] => [...truths].filter(([, { times }]) => times > 1);
  const fault = (what: Fault, words: string): void => {
    counts[what] += 1;
    if (counts[what] <= 5) examples.push(`${what}: ${words.slice(0, 500)}`);
  };
  const truth = (key: string): Truth => {
    const known = truths.get(key) ?? { times: 0, cut: false };
    truths.set(key, known);
    return known;
  };
  /** True: it is a call's right answer. */
  const judge = (name: string, { key, timeoutMs, heardAt }: Open, message: Message): boolean => {
    const where = `${name} ${key ?? "(no call)"}`;
    if (timeoutMs !== undefined && Date.now() - heardAt > timeoutMs + slackMs) fault("late", `${where} after ${String(Date.now() - heardAt)} ms: ${JSON.stringify(message)}`);
    if (message.error === undefined) {
      const isRight = key === undefined || (textOf(message) === rightText(key) && truth(key).times > 0);
      if (isRight) plain.results += 1;
      else fault("wrong", `${where}: ${JSON.stringify(message)}`);
      return isRight && key !== undefined;
    }
    const { code, message: words, data } = message.error as Loose;
    const word = typeof data?.code === "string" ? String(data.code) : String(code);
    errors[word] = (errors[word] ?? 0) + 1;
    if (typeof code !== "number" || typeof words !== "string" || words.length < 10 || word === "internal") fault("unclear", `${where}: ${JSON.stringify(message)}`);
    // One whose time was over before says just that.
    else if (key !== undefined && truth(key).cut && word !== "timed_out" && !/not known/.test(words)) fault("unsaid", `${where}: ${JSON.stringify(message)}`);
    return false;
  };
  return {
    truth,
    examples: () => [...examples, ...doneTwice().slice(0, 5).map(([key, { times }]) => `doneTwice: ${key} ${String(times)} times`)],
    open: (name, timeoutMs) => {
      const open = new Map<number, Open>();
      let last = 0;
      let rights = 0;
      const take = (id: number): Open | undefined => {
        const found = open.get(id);
        open.delete(id);
        return found;
      };
      const answered = (id: number, message: Message): boolean => {
        const found = take(id);
        if (found !== undefined && judge(name, found, message)) rights += 1;
        return found !== undefined;
      };
      return {
        open,
        answers: () => rights,
        sent: (id, key) => {
          plain.sent += 1;
          last = Math.max(last, id);
          open.set(id, { key, timeoutMs, heardAt: Date.now() });
        },
        heard: (message) => {
          const { id, method, params } = message;
          if (method === undefined) {
            if (typeof id === "number" && answered(id, message)) return true;
            fault(typeof id === "number" && id <= last ? "answeredTwice" : "unasked", `${name}: ${JSON.stringify(message)}`);
            return false;
          }
          if (id !== undefined) fault("unasked", `${name}: ${JSON.stringify(message)}`);
          if (method !== "notifications/progress") return false;
          const about = idOfToken(params?.progressToken);
          const asked = about === undefined ? undefined : open.get(about);
          if (asked !== undefined) asked.heardAt = Date.now();
          else if (about === undefined || about > last) fault("unasked", `${name}: ${JSON.stringify(message)}`);
          return false;
        },
        refused: (id, message) => void answered(id, message),
        ended: (id) => void (take(id) !== undefined && (plain.endedWithProcess += 1)),
        notTaken: (id) => {
          if (take(id) === undefined) return;
          plain.sent -= 1;
          plain.notTaken += 1;
        },
        lost: (id, how) => void (take(id) !== undefined && fault("lost", `${name} ${String(id)}: ${how}`)),
        noMessage: (text) => fault("noMessage", `${name}: ${text}`),
        didNotRead: (ms) => open.forEach((each) => void (each.heardAt += ms)),
      };
    },
    report: () => ({ ...plain, ...counts, errors: { ...errors }, doneTwice: doneTwice().length }),
  };
}

function textOf({ result }: Message): unknown {
  return result?.content?.[0]?.text;
}
