import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { followScript } from "../../rig/browser.ts";
import type { Walk } from "../../rig/walk.ts";

/** Where a person's browser ended up: back at the client with parameters, or on a page of the server. */
export interface Visit {
  readonly back: URLSearchParams | undefined;
  readonly status: number;
  readonly contentType: string;
}

/** The browser double goes to an authorization URL, fills the pages, and comes back (or does not). */
export async function visit(walk: Walk, url: string, redirectUri: string): Promise<Visit> {
  const browser = walk.browser();
  await promisify(execFile)(process.execPath, [followScript, url], { env: { ...process.env, ...browser.environment } });
  const last = await browser.lastPage();
  const contentType = [last.headers["content-type"] ?? "none"].flat()[0] ?? "none";
  return { back: last.url.startsWith(redirectUri) ? new URL(last.url).searchParams : undefined, status: last.status, contentType: contentType.split(";")[0] ?? "" };
}
