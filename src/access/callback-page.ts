import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";

export type PageKind = "signed-in" | "failed" | "unknown" | "expired" | "not-found";

const style = "body{font:16px/1.5 system-ui,sans-serif;margin:15vh auto;max-width:34rem;padding:0 1rem;color:#222;background:#fff}@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}}";
const styleHash = createHash("sha256").update(style).digest("base64");

const pages: Readonly<Record<PageKind, { readonly status: number; readonly title: string; readonly text: string }>> = {
  "signed-in": { status: 200, title: "Signed in", text: "You are signed in to {server}. You can close this page." },
  failed: { status: 400, title: "Not signed in", text: "The sign-in to {server} did not succeed ({code}). The program that started it says why." },
  unknown: { status: 400, title: "Nothing to do", text: "No sign-in is waiting for this page. If you have just signed in, it is done; otherwise start again from the program." },
  expired: { status: 410, title: "Too late", text: "This sign-in to {server} was not finished in time. Start it again from the program." },
  "not-found": { status: 404, title: "Not found", text: "There is nothing here." },
};

/**
 * Sends one of a few fixed pages. Nothing of the request is repeated in it; the server's name is escaped; no script, no foreign asset, no storage. C07
 */
export function sendPage(response: ServerResponse, kind: PageKind, words: { readonly server?: string; readonly code?: string } = {}): void {
  const { status, title, text } = pages[kind];
  const said = text.replace("{server}", escape(words.server ?? "the server")).replace("{code}", escape(words.code ?? ""));
  response.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    connection: "close",
  });
  response.end(`<!doctype html><html lang="en"><meta charset="utf-8"><title>mcpass: ${title}</title><style>${style}</style><h1>${title}</h1><p>${said}</p></html>\n`);
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
