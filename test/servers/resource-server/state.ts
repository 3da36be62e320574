import type { ServerResponse } from "node:http";
import type { ProofDesk } from "../dpop.ts";
import type { ResourceServerToggles } from "./toggles.ts";

/** What every part of one resource server works on. */
export interface ResourceServerState {
  readonly origin: string;
  readonly toggles: ResourceServerToggles;
  /** Session id → requests seen on it. */
  readonly sessions: Map<string, number>;
  /** Open HTTP+SSE streams by their session id. */
  readonly streams: Map<string, ServerResponse>;
  readonly proofs: ProofDesk;
  readonly defaultAuthorizationServers: () => readonly string[];
}
