import type { AuthorizationNotice } from "../../connection/manager.ts";
import type { CommandContext } from "./command-context.ts";
import { sayConsent } from "./interactive-sign-in.ts";
import { clockWords } from "./time-words.ts";

/** The code and where to type it in; in a terminal also as a picture for a telephone. H02 */
export async function showDeviceCode(context: CommandContext, notice: AuthorizationNotice, device: NonNullable<AuthorizationNotice["device"]>): Promise<void> {
  const { terminal } = context;
  const { err } = terminal;
  sayConsent(context, notice);
  const page = new URL(device.verificationUri).href;
  const url = new URL(notice.url).href;
  terminal.say("On any device, open this address and type in the code:");
  terminal.insist(`  ${terminal.link(err.underline(page), page)}`);
  terminal.insist(`  code: ${err.bold(device.userCode)}`);
  if (url !== page) {
    terminal.say("or open this one, which has the code in it; compare the code there with the one above:");
    terminal.insist(`  ${terminal.link(err.underline(url), url)}`);
  }
  const picture = terminal.errColumns === 0 ? [] : await qrLines(url);
  if ((picture[0]?.length ?? 0) <= terminal.errColumns) for (const line of picture) terminal.say(err.bgBlack(err.whiteBright(line)));
  terminal.say(`Waiting for the other device… (until ${clockWords(notice.expiresAt, context.runtime().now())}, Ctrl-C to cancel)`);
}

/** Light on dark, two rows to a line. Empty for an address that no picture holds. */
async function qrLines(url: string): Promise<readonly string[]> {
  const { renderUnicodeCompact } = await import("uqr");
  try {
    return renderUnicodeCompact(url, { border: 2 }).split("\n");
  } catch {
    return [];
  }
}
