import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { waitUntil } from "./wait.ts";

export interface BrowserHabits {
  deny?: boolean;
  tamperState?: boolean;
  dropIss?: boolean;
  /** Parameters of the callback to set; an empty value removes one. */
  change?: Readonly<Record<string, string>>;
  twice?: boolean;
  /** A forged error, a wrong state, a HEAD and a favicon request come before the genuine callback. */
  forged?: boolean;
  delayMs?: number;
  /** The redirect URL is kept for `heldUrl` instead of being called. */
  hold?: boolean;
  /** The name typed into login forms. */
  login?: string;
  /** The code typed into a device page. */
  userCode?: string;
  /** The file of the authority it trusts for https. */
  ca?: string;
  /** The forward proxy for every page that is not on this machine. */
  proxy?: string;
}

export interface Page {
  readonly url: string;
  readonly method: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: string;
}

/** A person's browser, as a program that mcpass starts. */
export interface BrowserDouble {
  /** The words for `--browser` or `BROWSER`; mcpass appends the URL. */
  readonly command: readonly string[];
  /** The same as one string, for `--browser` and `BROWSER`. */
  readonly commandLine: string;
  /** For the program's environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** All pages seen, once the browser has ended; the last is the callback's (or of `twice`, the second callback's). */
  pages(timeoutMs?: number): Promise<readonly Page[]>;
  lastPage(timeoutMs?: number): Promise<Page>;
  heldUrl(timeoutMs?: number): Promise<string>;
}

export const followScript = fileURLToPath(new URL("follow.mjs", import.meta.url));

/** `directory` receives the browser's records; one browser records one sign-in. */
export function browserDouble(directory: string, habits: BrowserHabits = {}): BrowserDouble {
  const number = String(process.hrtime.bigint());
  const [record, held] = [join(directory, `pages-${number}.json`), join(directory, `held-${number}.txt`)];
  const command = [process.execPath, followScript];
  const pages = async (timeoutMs?: number): Promise<readonly Page[]> => JSON.parse(await readWhenThere(record, timeoutMs)) as Page[];
  return {
    command,
    commandLine: command.join(" "),
    environment: { FOLLOW_RECORD: record, ...environmentOf(habits, held) },
    pages,
    async lastPage(timeoutMs) {
      const last = (await pages(timeoutMs)).at(-1);
      if (last === undefined) throw new Error("the browser has seen no page");
      return last;
    },
    heldUrl: (timeoutMs) => readWhenThere(held, timeoutMs),
  };
}

function environmentOf(habits: BrowserHabits, held: string): Record<string, string> {
  const flags = {
    FOLLOW_DENY: habits.deny,
    FOLLOW_TAMPER_STATE: habits.tamperState,
    FOLLOW_DROP_ISS: habits.dropIss,
    FOLLOW_TWICE: habits.twice,
    FOLLOW_FORGED: habits.forged,
  };
  const environment = Object.fromEntries(Object.entries(flags).filter(([, on]) => on === true).map(([name]) => [name, "1"]));
  if (habits.change !== undefined) environment["FOLLOW_CHANGE"] = new URLSearchParams(habits.change).toString();
  if (habits.delayMs !== undefined) environment["FOLLOW_DELAY_MS"] = String(habits.delayMs);
  if (habits.hold === true) environment["FOLLOW_HOLD"] = held;
  const words = { FOLLOW_LOGIN: habits.login, FOLLOW_USER_CODE: habits.userCode, FOLLOW_CA: habits.ca, FOLLOW_PROXY: habits.proxy };
  for (const [name, value] of Object.entries(words)) if (value !== undefined) environment[name] = value;
  return environment;
}

async function readWhenThere(file: string, timeoutMs?: number): Promise<string> {
  return waitUntil(() => readFile(file, "utf8").catch(() => undefined), `${file} to be written`, timeoutMs);
}
