import { isAbsolute, resolve } from "node:path";

import { McpassError } from "../../base/errors.ts";
import { splitWords } from "../../base/split-words.ts";
import type { Fetch, LookAtCertificate, Runtime } from "../../base/runtime.ts";
import { findDirectories } from "./directories.ts";
import { lookupHost } from "./lookup-host.ts";
import { findPolicyFiles } from "./policy-files.ts";
import { createOpenBrowser } from "./open-browser.ts";

export interface NodeRuntimeOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `--home`: moves config, data, state and cache under this directory together; else the `MCPASS_HOME` variable. */
  readonly homeDirectory?: string | undefined;
  /** `--browser`, as argv words or as one text of them; `%s` in a word is the URL's place, else it is appended. Else the `BROWSER` variable. */
  readonly browserCommand?: string | readonly string[] | undefined;
  readonly workingDirectory: string;
}

/** Where the program was started. Throws `usage` where that directory has been deleted since. */
export function startDirectory(): string {
  try {
    return process.cwd();
  } catch (thrown) {
    throw new McpassError("usage", "the directory that this was started in is not there any more", { hint: "cd to one that is there, and the same command again", cause: thrown });
  }
}

/** The outside world under Node. Making it loads nothing: HTTP, DNS, processes and crypto load with their first use. */
export function createNodeRuntime(options: NodeRuntimeOptions): Runtime {
  const { environment } = options;
  const { platform } = process;
  const workingDirectory = isAbsolute(options.workingDirectory) ? options.workingDirectory : resolve(options.workingDirectory);
  let http: Promise<Fetch> | undefined;
  const loadFetch = async (): Promise<Fetch> => (await import("./http-fetch.ts")).createHttpFetch({ environment });
  let certificates: Promise<LookAtCertificate> | undefined;
  const loadCertificates = async (): Promise<LookAtCertificate> => (await import("./look-at-certificate.ts")).createLookAtCertificate(environment);
  return {
    fetch: async (url, init) => (await (http ??= loadFetch()))(url, init),
    throughProxy: async (url) => (await (await import("./connector.ts")).findProxy(environment, new URL(url))) !== undefined,
    lookAtCertificate: async (url, look) => (await (certificates ??= loadCertificates()))(url, look),
    lookup: lookupHost,
    now: Date.now,
    openBrowser: createOpenBrowser({ environment, platform, browserCommand: typeof options.browserCommand === "string" ? splitWords(options.browserCommand) : options.browserCommand }),
    environment,
    directories: findDirectories({ environment, platform, homeDirectory: options.homeDirectory, workingDirectory }),
    workingDirectory,
    policyFiles: findPolicyFiles({ environment, platform, workingDirectory }),
    get processName() {
      return `process ${process.pid} on ${process.getBuiltinModule("node:os").hostname()}`;
    },
    randomBytes: (length) => process.getBuiltinModule("node:crypto").randomBytes(length),
  };
}
