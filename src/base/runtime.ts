/** The whole outside world, given to every floor as one value. `surfaces/node` makes the real one; tests make others. */
export interface Runtime {
  readonly fetch: Fetch;
  /** Every address a host name stands for (literals are returned as they are). Rejects when it cannot be resolved. */
  readonly lookup: (hostname: string) => Promise<readonly string[]>;
  /** True where `fetch` sends this URL through a proxy, which then resolves its name. Absent: never. */
  readonly throughProxy?: (url: string) => Promise<boolean>;
  /** Absent: certificates cannot be looked at. */
  readonly lookAtCertificate?: LookAtCertificate;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly openBrowser: OpenBrowser;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly directories: Directories;
  /** The directory the program was started in; project files are looked for from here upward. */
  readonly workingDirectory: string;
  /** What an administrator's policies are read from. Absent: from nowhere. */
  readonly policyFiles?: readonly PolicyFile[];
  /** Which process this is, for whoever reads later what was done: `process 123 on host`. */
  readonly processName: string;
  /** 32 bytes or more of cryptographic randomness on demand. */
  readonly randomBytes: (length: number) => Uint8Array;
}

export interface PolicyFile {
  readonly path: string;
  /** One that is not there forbids everything. */
  readonly required: boolean;
}

export interface Directories {
  readonly config: string;
  readonly data: string;
  readonly state: string;
  readonly cache: string;
}

/** Opens an http(s) URL without a shell. Resolves with what is known: an opener that fails never fails the sign-in. */
export type OpenBrowser = (url: string) => Promise<{ readonly opened: boolean; readonly reason?: string }>;

/**
 * The part of the web's fetch that mcpass uses, so that a light implementation or the global one can serve.
 * Redirects are never followed by it: `oauth/outgoing.ts` follows them by hand.
 */
export type Fetch = (url: string, init?: FetchInit) => Promise<FetchAnswer>;

/** A request. Header names are in any case, one value each; the body is a text. */
export interface FetchInit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly redirect?: "manual";
  readonly signal?: AbortSignal;
  /** Connect to one of these addresses only (the ones the guard has checked); TLS still verifies the URL's host name. */
  readonly addresses?: readonly string[];
  /** For https; absent: the system's authorities and no client certificate. */
  readonly tls?: TlsFiles;
}

/** The certificate of an https host, by a handshake like that of `fetch`; nothing is sent. Rejects when none came about, with what `fetch` rejects with. */
export type LookAtCertificate = (url: string, options?: Pick<FetchInit, "addresses" | "signal" | "tls">) => Promise<CertificateReport>;

export interface CertificateReport {
  /** undefined: the handshake failed before. */
  readonly certificate: Certificate | undefined;
  /** Why it failed, in words, and what to change; undefined: it is trusted. */
  readonly failure: { readonly message: string; readonly hint: string | undefined } | undefined;
}

/** What a certificate says of itself. Safe to show; a type, so that it is JSON too. */
export type Certificate = {
  readonly subject: string | undefined;
  /** Who signed it; the subject itself where it is signed by itself. */
  readonly issuer: string | undefined;
  /** DNS names and addresses, as Node writes them. */
  readonly names: string | undefined;
  /** As the certificate has them: "Nov 21 12:00:00 2026 GMT". */
  readonly validFrom: string | undefined;
  readonly validTo: string | undefined;
};

/** Absolute paths of PEM files. */
export interface TlsFiles {
  /** Trusted beside the usual authorities. */
  readonly ca?: string | undefined;
  /** The client certificate, with its chain, and its key. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly passphrase?: string | undefined;
}

/** An answer, its body not read yet. A body that nobody reads must keep neither the connection nor the process. */
export interface FetchAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null; forEach?(callback: (value: string, name: string) => void): void };
  readonly body: AsyncIterable<Uint8Array> | null;
}
