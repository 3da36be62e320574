import type { AuthorizationNotice, Connection, GrantView, Manager, ServerSnapshot, SignInOptions, SignInResult, SignOutResult } from "../../connection/manager.ts";

/** What the screen asks of a manager; one that runs elsewhere is shown through the same. */
export interface ScreenManager extends Pick<Manager, "list" | "subscribe" | "keepConnected" | "disconnect" | "grants" | "history" | "examine" | "tools" | "callTool" | "prompts" | "resources" | "readResource" | "getPrompt"> {
  connect(name: string): Promise<Pick<Connection, "close">>;
  signIn(name: string, options: ScreenSignIn): Promise<SignInResult>;
  /** undefined: what was revoked is not known here. */
  removeAuth(name: string, options?: { readonly account?: string | undefined }): Promise<SignOutResult | undefined>;
}

export interface ScreenSignIn extends Omit<SignInOptions, "onAuthorization"> {
  /** `opensHere`: whoever runs it elsewhere leaves the browser to who shows it. */
  readonly onAuthorization: (notice: AuthorizationNotice | BareNotice, opensHere?: boolean) => void;
}

/** What has to be known of a sign-in to show where to go; of one that runs elsewhere no more is known. */
export type BareNotice = Pick<AuthorizationNotice, "server" | "url" | "device" | "expiresAt" | "ledBy">;

/** Puts a server's question to the person; `over`: nobody waits for the answer any more. */
export type Ask = (server: string, request: unknown, over?: AbortSignal) => Promise<unknown>;

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
