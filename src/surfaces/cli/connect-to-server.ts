import { shownAddress } from "../../base/redact.ts";
import type { Connection, Elicit } from "../../connection/manager.ts";
import type { CommandContext } from "./command-context.ts";
import { askPerson } from "./elicitation-questions.ts";
import { type SignInFlags, withInteractiveSignIn } from "./interactive-sign-in.ts";
import type { OverrideFlags } from "./override-flags.ts";
import { ProgressLine } from "./progress-line.ts";
import { openSession, type Session, withServer } from "./server-session.ts";

export interface ConnectFlags extends SignInFlags, OverrideFlags {
  readonly signIn?: boolean | undefined;
  readonly elicit?: "ask" | "defaults" | "decline" | undefined;
  readonly json?: boolean | undefined;
}

export interface Connected {
  readonly connection: Connection;
  readonly session: Session;
  /** What is going on, for a person; `clear` before anything is printed. */
  readonly progress: ProgressLine;
}

/** Connects, runs `work`, closes. Signs in on the way only with --sign-in; else `sign_in_required` and its like pass through. */
export async function withConnection<T>(context: CommandContext, word: string, flags: ConnectFlags, work: (connected: Connected) => Promise<T>): Promise<T> {
  const session = await openSession(context, flags);
  const progress = new ProgressLine(context.terminal);
  const elicit = elicitation(context, shownAddress(word), flags, progress);
  try {
    return await withServer(session, word, flags, async (manager, name) => {
      const connect = async (signIn?: Parameters<typeof manager.connect>[1]): Promise<T> => {
        const { account = "default" } = manager.snapshot(name);
        progress.show(`connecting to ${name}${account === "default" ? "" : ` as ${account}`}…`);
        const connection = await manager.connect(name, { ...signIn, elicit, signal: context.signal });
        return work({ connection, session, progress });
      };
      if (flags.signIn !== true) return connect();
      const stopListening = manager.events.subscribe((event) => (event.type === "authorization.ended" && event.outcome === "completed" ? context.terminal.say(`Signed in to ${name}.`) : undefined));
      try {
        return await withInteractiveSignIn(context, flags, () => progress.clear(), (signIn) => connect({ signIn }));
      } finally {
        stopListening();
      }
    });
  } finally {
    progress.clear();
  }
}

/** `ask` needs somebody to ask; without a terminal the answer is no. */
function elicitation(context: CommandContext, word: string, flags: ConnectFlags, progress: ProgressLine): Elicit {
  const how = flags.elicit ?? "ask";
  if (how !== "ask") return { mode: how };
  if (!context.terminal.interactive) return { mode: "decline" };
  return {
    mode: "ask",
    ask: (request) => {
      progress.clear();
      return askPerson(context, word, request);
    },
  };
}
