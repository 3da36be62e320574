import type { AuthorizationNotice, GrantView, Manager, ServerSnapshot, SignInResult, SignOutResult } from "../../connection/manager.ts";

/** What the screen asks of a manager; one that runs elsewhere is shown through the same. */
export type ScreenManager = Pick<Manager, "list" | "subscribe" | "keepConnected" | "connect" | "disconnect" | "signIn" | "removeAuth" | "grants" | "history" | "examine" | "tools" | "callTool" | "prompts" | "resources" | "readResource" | "getPrompt">;

/** What the command line says too, so that both say it alike. Everything in it is plain. */
export interface Words {
  consent(notice: AuthorizationNotice): readonly string[];
  signedIn(server: string, result: SignInResult): string;
  signedOut(result: SignOutResult): readonly string[];
  account(account: string, identity: GrantView["identity"]): string;
  renewal(grant: GrantView): string;
  /** `12 min`, `3 h 5 min`; from milliseconds. */
  duration(ms: number): string;
  /** An international name in both forms. */
  host(host: string): string;
}

/** Where it is shown. */
export interface Place {
  readonly colors: boolean;
  /** Nothing but ASCII: the locale knows no other signs. */
  readonly ascii: boolean;
}

export type Snapshot = ServerSnapshot;
