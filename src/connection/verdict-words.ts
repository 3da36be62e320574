import type { Verdict } from "./verdict.ts";

const faultWords: Readonly<Record<NonNullable<Verdict["fault"]>, string>> = {
  server: "the fault is the server's",
  issuer: "the fault is the authorization server's",
  configuration: "the fault is in the configuration",
  network: "the server cannot be reached from here",
  policy: "the policy of this machine does not allow it",
  machine: "the fault is on this machine",
  mcpass: "the fault is mcpass's",
};

/** One line for a verdict. */
export function verdictWords({ kind, fault, error, renews }: Verdict): string {
  switch (kind) {
    case "open":
      return "open: it needs no sign-in";
    case "header_auth":
      return error === undefined ? "header auth: the configured header is accepted" : error.code === "header_refused" ? "header auth: the configured header is refused" : "header auth: it wants a fixed credential in a header";
    case "oauth_ready":
      return error === undefined ? `OAuth ready: signed in, and ${renews === true ? "the next call renews the token" : "the token is accepted"}` : "OAuth ready: mcpass can sign in";
    case "client_needed":
      return "OAuth, client needed: register one with the issuer";
    case "closed_calls":
      return `open list but closed calls: ${error === undefined ? "signed in" : "a tool may ask for a sign-in"}`;
    case "broken":
      if (fault === "network" && error?.code === "timed_out") return "broken: no answer in time; the server hangs, or something on the way to it";
      return `broken: ${fault === undefined ? "it cannot be used" : faultWords[fault]}`;
  }
}
