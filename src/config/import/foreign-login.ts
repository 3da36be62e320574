/** A sign-in as another program keeps it. `tokens` are secrets: never to be shown. */
export interface ForeignLogin {
  /** What that program calls it. */
  readonly label: string;
  /** undefined: its store does not say, but `isFor` knows an address when it is shown one. */
  readonly url: string | undefined;
  readonly isFor: (url: string) => boolean;
  /** Where it stands. */
  readonly file: string;
  readonly client: ForeignClient;
  readonly tokens: ForeignTokens | undefined;
  /** How to sign out there: it deletes what is stored there, and revokes nothing. */
  readonly signOutThere: string;
}

export interface ForeignTokens {
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | undefined;
  readonly scopes: readonly string[];
}

/**
 * The client that a sign-in belongs to. `registered`: that program registered it, under its own name, so that only it may use it. `configured`: its user wrote
 * it into its configuration. `unknown`: its store does not say.
 */
export type ForeignClient =
  | { readonly kind: "registered"; readonly clientId: string }
  | { readonly kind: "configured"; readonly clientId: string }
  | { readonly kind: "unknown" };

/** A client that its user wrote into that program's configuration. `keys` are keys of `oauth` as they stand there, unexpanded. */
export interface ForeignRegistration {
  readonly label: string;
  readonly url: string;
  readonly file: string;
  readonly keys: Readonly<Record<string, string | number>>;
}

export interface ForeignStore {
  /** The files and directories that were looked for. */
  readonly places: readonly string[];
  readonly logins: readonly ForeignLogin[];
  readonly registrations: readonly ForeignRegistration[];
  /** What could not be read, one sentence each; never a secret. */
  readonly problems: readonly string[];
}
