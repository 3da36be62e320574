import type { Manager } from "../../connection/manager.ts";
import type { Elicitations } from "./elicitations.ts";
import type { EventHub } from "./event-hub.ts";
import type { Sessions } from "./sessions.ts";

/** What the routes work on. */
export interface Api {
  readonly manager: Manager;
  readonly events: EventHub;
  readonly sessions: Sessions;
  readonly elicitations: Elicitations;
  /** Hears of what nobody foresaw. */
  readonly onInternal: (thrown: unknown) => void;
  readonly now: () => number;
  /** Aborts when this server ends: nobody is waited for any more. */
  readonly ending: AbortSignal;
  /** Settles when every server was tried once, and after ten seconds anyway. */
  readonly firstTries: () => Promise<void>;
  /** Where this server is reached, without a slash at the end; known once it listens. */
  readonly origin: () => string;
  /** Where callbacks arrive, when that is here. */
  readonly publicCallback: string | undefined;
  readonly processId: number;
  /** Of the web page: index.html and assets/. */
  readonly webDirectory: string;
}
