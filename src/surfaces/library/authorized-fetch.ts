import { findMcpassError, McpassError } from "../../base/errors.ts";
import type { FetchInit } from "../../base/runtime.ts";
import type { Configuration, ConfiguredServer } from "../../config/configuration.ts";
import { entryForAddress, isAddress } from "../../config/entry-address.ts";
import type { Manager } from "../../connection/manager.ts";
import { toResponse } from "../../connection/web-fetch.ts";
import { canonicalServerUrl } from "../../oauth/resource.ts";
import { type CreateManagerOptions, type MakeRuntime, openManager } from "./create-manager.ts";

/** What `createAuthorizedFetch` may be given. */
export interface AuthorizedFetchOptions extends CreateManagerOptions {
  /** Over a manager that is there: then the other options but `account` are its own, and `close` leaves it open. */
  readonly manager?: Manager | undefined;
  /** Whose sign-in: any label. Default: the entry's, else the configuration's, else `default`. */
  readonly account?: string | undefined;
}

/**
 * The web's `fetch`, for one server: relative addresses start at the server's own. Signs, renews before the token ends and once when it is refused, follows redirects
 * of the same origin. Bodies are texts. Throws McpassError only: `sign_in_required` and its like, `url_insecure` for another origin, `cancelled` when `signal` is aborted,
 * `unreachable`, `usage`. Every answer of the server that is no refusal of access is returned as it is.
 */
export interface AuthorizedFetch {
  (input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** Ends what was opened for it. */
  close(): Promise<void>;
}

interface Opened {
  readonly manager: Manager;
  readonly name: string;
  readonly url: string;
}

/** Opens nothing before the first request. */
export function openAuthorizedFetch(server: string, { manager: given, account, ...options }: AuthorizedFetchOptions, makeRuntime: MakeRuntime): AuthorizedFetch {
  let opening: Promise<Opened> | undefined;
  const open = async (): Promise<Opened> => {
    const manager = given ?? (await openManager(options, makeRuntime, (configuration) => addressOf(server, configuration)));
    try {
      const name = nameOf(server, manager);
      return { manager, name, url: manager.snapshot(name).url ?? "" };
    } catch (thrown) {
      if (given === undefined) await manager.close();
      throw thrown;
    }
  };
  const opened = (): Promise<Opened> => {
    opening ??= open().catch((thrown: unknown) => {
      opening = undefined;
      throw thrown;
    });
    return opening;
  };
  const send = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const { manager, name, url } = await opened();
    const request = requestOf(input, init, url);
    return toResponse(await manager.fetch(name, request.url, await initOf(request, init?.signal), account === undefined ? {} : { account }));
  };
  return Object.assign((input: string | URL | Request, init?: RequestInit) => send(input, init).catch(rethrow), {
    close: async () => {
      const last = await opening?.catch(() => undefined);
      opening = undefined;
      if (given === undefined) await last?.manager.close();
    },
  });
}

/** A configured server at that address counts, with its settings. */
function addressOf(server: string, { servers }: Configuration): readonly ConfiguredServer[] {
  const known = [...servers.values()].some(({ entry }) => entry?.type === "remote" && isSame(entry.url, server));
  return isAddress(server) && !known ? [entryForAddress(server)] : [];
}

function nameOf(server: string, manager: Manager): string {
  const found = isAddress(server) && !manager.names().includes(server) ? manager.list().find(({ url }) => url !== undefined && isSame(url, server)) : undefined;
  return found?.name ?? manager.snapshot(server).name;
}

function isSame(url: string, address: string): boolean {
  return URL.canParse(url) && URL.canParse(address) && canonicalServerUrl(url) === canonicalServerUrl(address);
}

function requestOf(input: string | URL | Request, init: RequestInit | undefined, base: string): Request {
  try {
    return new Request(input instanceof Request ? input : new URL(input, base), init);
  } catch (thrown) {
    throw new McpassError("usage", `That is no request: ${thrown instanceof Error ? thrown.message : "it cannot be read"}.`, { cause: thrown });
  }
}

/** The caller's own signal where there is one: a request's follows it, and is never let go of while that one lives. */
async function initOf(request: Request, signal: AbortSignal | null | undefined): Promise<FetchInit> {
  const { method, headers, body } = request;
  return { method, headers: Object.fromEntries(headers), signal: signal ?? request.signal, ...(body === null ? {} : { body: await textOf(request) }) };
}

async function textOf(request: Request): Promise<string> {
  const bytes = await request.arrayBuffer();
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (thrown) {
    throw new McpassError("usage", "The body of that request is no text: bytes cannot be sent this way.", { cause: thrown });
  }
}

function rethrow(thrown: unknown): never {
  throw findMcpassError(thrown) ?? new McpassError("internal", "The request failed for a reason that mcpass does not know.", { cause: thrown });
}
