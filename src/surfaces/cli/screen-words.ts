import picocolors from "picocolors";
import { plainText } from "../../base/redact.ts";
import { renewalWords, consentLines, signedInLine } from "./sign-in-words.ts";
import { accountWords } from "./account-words.ts";
import { hostWords } from "./host-words.ts";
import { signedOutLines } from "./sign-out-words.ts";
import { durationWords } from "./time-words.ts";

type Words = import("../tui/open-screen.ts").Words;

/** The command line's words, for the screen: both say the same alike. */
export function screenWords(now: () => number): Words {
  const colors = picocolors.createColors(false);
  return {
    consent: (notice) => consentLines(notice, colors),
    signedIn: (server, result) => {
      if (result.kind === "not-needed") return `${plainText(server)} needs no sign-in.`;
      if (result.kind === "already-signed-in") return `Already signed in to ${plainText(server)} as ${accountWords(result.grant.account, result.grant.identity)}; ${renewalWords(result.grant, now())}.`;
      return signedInLine(server, result.grant, now());
    },
    signedOut: (result) => signedOutLines(result, colors, now()),
    account: (account, identity) => accountWords(account, identity),
    renewal: (grant) => renewalWords(grant, now()),
    duration: durationWords,
    host: hostWords,
  };
}
