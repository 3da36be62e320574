import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { look } from "../base/look.ts";

export type PageKind = "signed-in" | "failed" | "unsettled" | "unknown" | "expired" | "not-found";

const style = `${look}
body{min-height:100vh;display:grid;place-items:center}
main{box-sizing:border-box;width:min(32rem,calc(100% - 2rem));margin:1rem;padding:1.75rem 2rem;overflow-wrap:anywhere;background:var(--panel);border:1px solid var(--edge);border-top:4px solid var(--mark);border-radius:12px;box-shadow:0 1px 3px var(--shade)}
h1{margin:0 0 .5rem;font-size:1.5rem;line-height:1.25;color:var(--mark)}
p{margin:0}
footer{margin-top:1.5rem;font-size:.875rem;color:var(--quiet)}`;
const styleHash = createHash("sha256").update(style).digest("base64");

const pages: Readonly<Record<PageKind, { readonly status: number; readonly mood?: "good" | "bad"; readonly title: string; readonly text: string }>> = {
  "signed-in": { status: 200, mood: "good", title: "Signed in", text: "You are signed in to {server}. You can close this page." },
  failed: { status: 400, mood: "bad", title: "Not signed in", text: "The sign-in to {server} did not succeed ({code}). The program that started it says why." },
  unsettled: { status: 200, title: "Received", text: "The sign-in to {server} goes on in the program that started it, which says how it ends." },
  unknown: { status: 400, title: "Nothing to do", text: "No sign-in is waiting for this page. If you have just signed in, it is done; otherwise start again from the program." },
  expired: { status: 410, mood: "bad", title: "Too late", text: "This sign-in to {server} was not finished in time. Start it again from the program." },
  "not-found": { status: 404, title: "Not found", text: "There is nothing here." },
};

/**
 * Sends one of a few fixed pages. Nothing of the request is repeated in it; the server's name is escaped; no script, no foreign asset, no storage. C07
 */
export function sendPage(response: ServerResponse, kind: PageKind, words: { readonly server?: string; readonly code?: string } = {}): void {
  const { status, mood = "", title, text } = pages[kind];
  const said = text.replace("{server}", escape(words.server ?? "the server")).replace("{code}", escape(words.code ?? ""));
  response.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    connection: "close",
  });
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>mcpass: ${title}</title><style>${style}</style>`;
  response.end(`<!doctype html><html lang="en">${head}<main class="${mood}"><h1>${title}</h1><p>${said}</p><footer>mcpass</footer></main></html>\n`);
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
