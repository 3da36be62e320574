import type { McpassError } from "../../base/errors.ts";
import type { Frame, RpcObject } from "./frame.ts";
import type { Listening } from "./listen-desk.ts";
import type { UnderWay } from "./requests.ts";
import type { Receive } from "./wire.ts";

export type Era = "legacy" | "modern";

/** What a server says of itself when it is opened: the result of `initialize`, or of `server/discover`. */
export interface Opening {
  readonly era: Era;
  readonly result: RpcObject;
}

/** The way to one server in the words of one family of revisions. */
export interface Channel {
  readonly opening: Opening;
  /** Passes a request on, and settles when its answer was received. Throws McpassError, and the signal's reason when it was aborted. */
  request(frame: Frame, receive: Receive, underWay: UnderWay): Promise<void>;
  /** Passes on what has no answer: a notification, or the host's answer to something the server asked. */
  pass(frame: Frame): Promise<void>;
  /** Tells the server that the answer to this request of the host's is no longer wanted, where the end of its connection does not. */
  cancel(frame: Frame): Promise<void>;
  /** For a host of 2026-07-28: tells what it listens to, until its signal or the end of the channel. Settles with what stands against it. Never throws. */
  follow(listening: Listening): Promise<McpassError | undefined>;
  /** Gives the session back, if there is one, within a second. */
  close(): Promise<void>;
}

/** What a channel tells without being asked. */
export interface ChannelEvents {
  /** A message of the server's that belongs to no request. */
  readonly receive: Receive;
  /** The stream from the server failed for a reason that a sign-in may mend. */
  readonly onTrouble: (error: McpassError) => void;
  /** What was missed while the stream was away is not known. */
  readonly onGap: () => void;
}
