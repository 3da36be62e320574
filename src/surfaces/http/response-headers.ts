/** Nothing may be kept, guessed, framed or embedded; what a page may load it says itself. */
const everywhere = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
} as const;

const noPage = "default-src 'none'; frame-ancestors 'none'";

export const jsonHeaders: Readonly<Record<string, string>> = headersOf("application/json");

export function headersOf(contentType: string, policy: string = noPage): Readonly<Record<string, string>> {
  return { ...everywhere, "content-type": contentType, "content-security-policy": policy };
}
