import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { look } from "../../base/look.ts";
import type { Reply } from "./route.ts";
import { Refusal } from "./refusal.ts";

/** Only its own script, style and answers. */
export const appPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const style = `${look}
body{margin:2rem auto;max-width:52rem;padding:0 1rem;overflow-wrap:anywhere}a{color:var(--accent)}
h1{font-size:1.5rem}h2{font-size:1.125rem;margin-bottom:0}code,pre{font:.9em/1.4 ui-monospace,monospace}
pre{overflow:auto;padding:.75rem;border:1px solid var(--edge);background:var(--panel);border-radius:6px}table{border-collapse:collapse}td,th{text-align:left;vertical-align:top;padding:.2rem 1rem .2rem 0}
details{border-top:1px solid var(--edge);padding:.6rem 0}summary{cursor:pointer}`;
const styleHash = createHash("sha256").update(style).digest("base64");
const pagePolicy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** A page of ours without a script. `body` is HTML. */
export function plainPage(title: string, body: string, status = 200): Reply {
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title><style>${style}</style>`;
  return { kind: "page", status, policy: pagePolicy, html: `<!doctype html><html lang="en">${head}<main>${body}</main></html>\n` };
}

/** For whoever opens the web page without having come by a link. */
export function hintPage(status: number, why = "This page opens with a link, once."): Reply {
  return plainPage("mcpass", `<h1>mcpass</h1><p>${escapeHtml(why)}</p><p>In a terminal on this machine, this prints one that opens it: <code>mcpass serve --link</code></p>`, status);
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`);
}

const types: Readonly<Record<string, string>> = { html: "text/html; charset=utf-8", js: "text/javascript; charset=utf-8", css: "text/css; charset=utf-8", svg: "image/svg+xml", png: "image/png", json: "application/json" };

/** A file of the web page, by a name that is a plain one. */
export async function webFile(directory: string, name: string): Promise<Reply> {
  const type = types[name.slice(name.lastIndexOf(".") + 1)];
  const content = type !== undefined && /^(assets\/)?[\w-]+\.[a-z]+$/.test(name) ? await readFile(join(directory, name)).catch(() => undefined) : undefined;
  if (content === undefined || type === undefined) throw new Refusal(404, "not_found", "There is nothing here.");
  return { kind: "file", content, type, policy: appPolicy };
}
