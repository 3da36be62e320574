import { stat, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { describeCause, findMcpassError, McpassError } from "../../../base/errors.ts";
import { product } from "../../../base/product.ts";
import { addressSecrets, scrub } from "../../../base/redact.ts";
import type { Runtime } from "../../../base/runtime.ts";
import { homeDirectory } from "../../../config/expand.ts";
import { writeWhole } from "../../../config/write-whole.ts";
import type { Examination } from "../../../connection/manager.ts";
import { verdictWords } from "../../../connection/verdict-words.ts";
import type { CommandContext, CommandResult } from "../command-context.ts";
import { examinationLines, exchangeLines } from "../doctor-words.ts";
import { exitDone, exitFailed } from "../exit-codes.ts";
import { jsonDocument } from "../json-words.ts";
import type { OverrideFlags } from "../override-flags.ts";
import { openSession, withServer } from "../server-session.ts";

interface DoctorFlags extends OverrideFlags {
  readonly json?: boolean;
  readonly report?: string;
  readonly trace?: boolean;
}

/** Exits 0 when the server can be used, signed in to or not; 1 when it is broken. */
export async function doctor(context: CommandContext, [word = ""]: readonly string[], flags: DoctorFlags): CommandResult {
  const session = await openSession(context, flags);
  const { terminal } = context;
  const examination = await withServer(session, word, flags, (manager, name) => manager.examine(name, { account: flags.account, signal: context.signal }));
  // An address given in place of a name is the server's name, and may have a key in it.
  const safe = (text: string): string => scrub(text, addressSecrets(word));
  if (flags.report !== undefined) await writeReport(resolve(session.runtime.workingDirectory, flags.report), safe(reportOf(examination, session.runtime)));
  if (flags.json === true) terminal.print(safe(jsonDocument(examinationJson(examination, flags.trace === true))));
  else {
    const now = session.runtime.now();
    for (const line of flags.trace === true ? exchangeLines(examination, terminal.out) : []) terminal.print(safe(line));
    for (const line of examinationLines(examination, terminal.out, { verbose: context.flags.verbose === true, now })) terminal.print(safe(line));
  }
  if (flags.report !== undefined) terminal.say(`The report is in ${flags.report}: no secret is in it, but read it before you share it.`);
  return examination.verdict.kind === "broken" ? exitFailed : exitDone;
}

function examinationJson({ exchanges, verdict, ...rest }: Examination, withExchanges: boolean): object {
  const { kind, fault, error } = verdict;
  const shown = { kind, fault: fault ?? null, words: verdictWords(verdict), error: error?.toJSON() ?? null };
  return { ...rest, url: rest.url ?? null, account: rest.account ?? null, verdict: shown, remedy: rest.remedy ?? null, ...(withExchanges ? { exchanges } : {}) };
}

/** For an issue: everything, redacted; names of this machine's user are left out. */
function reportOf(examination: Examination, runtime: Runtime): string {
  const about = { product: product.userAgent, node: process.version, platform: process.platform };
  const text = jsonDocument({ ...about, ...examinationJson(examination, true) });
  const home = JSON.stringify(homeDirectory(runtime).replace(/[/\\]+$/, "")).slice(1, -1);
  // A user without a home has "/" for one, which stands everywhere.
  return `${home === "" ? text : text.replaceAll(home, "~")}\n`;
}

/** For its owner's eyes until they share it. What is there and no file (a terminal, a pipe, /dev/null) is written to, never replaced. */
async function writeReport(file: string, text: string): Promise<void> {
  try {
    const found = await stat(file).catch(() => undefined);
    if (found === undefined || found.isFile()) await writeWhole(file, text);
    else await writeFile(file, text);
  } catch (cause) {
    throw new McpassError("usage", `the report could not be written to ${file}: ${describeCause(findMcpassError(cause)?.cause ?? cause)}`, { cause });
  }
}
