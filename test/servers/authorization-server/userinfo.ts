import { answer, type AnswerKind, next, type Scripted } from "../answers.ts";
import { json, type Asked, type Reply } from "../listener.ts";
import type { AuthorizationServerState } from "./state.ts";

/** OpenID Connect Core §5.3. `claims` is 200 with `sub` and what `people` says of it. */
export type UserinfoAnswer = "off" | "claims" | "somebody-else" | AnswerKind;

export interface PersonToggles {
  /** Who signs in when no `login_hint` says so. */
  person: string;
  /** The browser has a session of its own: `login_hint` changes nothing. */
  ignoresHint: boolean;
  /** Claims by subject; in ID tokens they stand with `idTokenClaims: "all"` only. */
  people: Record<string, Record<string, unknown>>;
  /** What an ID token has beyond its `sub`; an object stands above every claim of it, `iss` and `aud` too. */
  idTokenClaims: "none" | "all" | Record<string, unknown>;
  userinfo: Scripted<UserinfoAnswer>;
}

export function defaultPersonToggles(): PersonToggles {
  return { person: "alice", ignoresHint: false, people: {}, idTokenClaims: "none", userinfo: "off" };
}

export function answerUserinfo({ toggles, store }: AuthorizationServerState, { headers }: Asked): Reply | Promise<Reply> {
  const kind = next(toggles.userinfo);
  const known = store.tokens.get((headers["authorization"] ?? "").replace(/^(Bearer|DPoP) /, ""));
  if (kind === "off") return json(404, {});
  if (kind !== "claims" && kind !== "somebody-else") return answer(kind, {});
  if (known?.kind !== "access" || known.state !== "live") return json(401, { error: "invalid_token" });
  const { subject } = known.approval;
  return json(200, { sub: kind === "claims" ? subject : "mallory", ...toggles.people[subject] });
}

/** A hint is a subject, or the address of somebody in `people`. */
export function personAsking({ person, people, ignoresHint }: PersonToggles, hint: string | null): string {
  if (hint === null || ignoresHint) return person;
  return Object.keys(people).find((subject) => people[subject]?.["email"] === hint) ?? hint;
}
