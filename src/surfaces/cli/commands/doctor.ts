import { randomUUID } from "node:crypto";
import { rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { describeCause, McpassError } from "../../../base/errors.ts";
import { product } from "../../../base/product.ts";
import type { Examination } from "../../../connection/manager.ts";
import type { CommandContext, CommandResult } from "../command-context.ts";
import { examinationLines, exchangeLines, verdictWords } from "../doctor-words.ts";
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
  if (flags.report !== undefined) await writeReport(resolve(session.runtime.workingDirectory, flags.report), examination);
  if (flags.json === true) terminal.print(jsonDocument(examinationJson(examination, flags.trace === true)));
  else {
    const now = session.runtime.now();
    for (const line of flags.trace === true ? exchangeLines(examination, terminal.out) : []) terminal.print(line);
    for (const line of examinationLines(examination, terminal.out, { verbose: context.flags.verbose === true, now })) terminal.print(line);
  }
  if (flags.report !== undefined) terminal.say(`The report is in ${flags.report}: no secret is in it, but read it before you share it.`);
  return examination.verdict.kind === "broken" ? exitFailed : exitDone;
}

function examinationJson({ exchanges, verdict, ...rest }: Examination, withExchanges: boolean): object {
  const { kind, fault, error } = verdict;
  const shown = { kind, fault: fault ?? null, words: verdictWords(verdict), error: error?.toJSON() ?? null };
  return { ...rest, url: rest.url ?? null, account: rest.account ?? null, verdict: shown, remedy: rest.remedy ?? null, ...(withExchanges ? { exchanges } : {}) };
}

/** For an issue: everything, redacted, for its owner's eyes until they share it; names of this machine's user are left out. */
async function writeReport(file: string, examination: Examination): Promise<void> {
  const about = { product: product.userAgent, node: process.version, platform: process.platform };
  const text = jsonDocument({ ...about, ...examinationJson(examination, true) }).replaceAll(homedir(), "~");
  const draft = `${file}.${randomUUID()}.tmp`;
  try {
    await writeFile(draft, `${text}\n`, { mode: 0o600, flag: "wx" });
    await rename(draft, file);
  } catch (cause) {
    throw new McpassError("usage", `the report could not be written to ${file}: ${describeCause(cause)}`, { cause });
  }
}
