/**
 * Where our requests differ from those of oauth4webapi for the same inputs, and why. Each must be met by a test of test/oauth/*-oracle.test.ts, and no other
 * may be; docs/decisions/002-own-protocol-floor.md has the same list.
 */
export interface Difference {
  /** What `flatten` calls it. */
  readonly part: string;
  readonly ours: string;
  readonly theirs: string;
  readonly reason: string;
}

export const differences = {
  carrier: {
    part: "carried by",
    ours: "the query of a GET",
    theirs: "the form of a POST",
    reason: "oauth4webapi sends authorization parameters only as a pushed request (RFC 9126); a browser carries ours (RFC 6749 §4.1.1)",
  },
  prompt: {
    part: "parameter prompt",
    ours: "consent",
    theirs: "absent",
    reason: "offline_access is granted only with prompt=consent (OpenID Connect Core §11)",
  },
  contentType: {
    part: "header content-type",
    ours: "application/x-www-form-urlencoded",
    theirs: "application/x-www-form-urlencoded;charset=UTF-8",
    reason: "the media type has no parameters (RFC 6749 Appendix B; its registration at IANA), and UTF-8 is what it means",
  },
  spelling: {
    part: "header authorization",
    ours: "Basic, with `*-._` as they are",
    theirs: "Basic, with `*-._` percent-encoded",
    reason: "form encoding leaves these four alone (RFC 6749 Appendix B); decoded, both are the same",
  },
  revocationAccept: {
    part: "header accept",
    ours: "application/json",
    theirs: "*/*",
    reason: "a refusal is read from JSON (RFC 7009 §2.2.1)",
  },
  assertionType: { part: "assertion header typ", ours: "JWT", theirs: "absent", reason: "optional (RFC 7519 §5.1); says what it is to whoever looks" },
  assertionNotBefore: { part: "assertion claim nbf", ours: "absent", theirs: "now", reason: "optional (RFC 7523 §3), and a clock that is a second ahead would break it" },
  assertionLifetime: { part: "assertion lives", ours: "120 s", theirs: "60 s", reason: "as long as clocks of two machines may differ; it is used once, by its jti" },
} as const satisfies Readonly<Record<string, Difference>>;

export type DifferenceName = keyof typeof differences;
