import { make } from "./element.ts";
import { icon } from "./icons.ts";

/** An http or https address; undefined for every other scheme, whatever it would do. */
export function webAddress(text: string | undefined): URL | undefined {
  try {
    const url = new URL(text ?? "");
    return url.protocol === "https:" || url.protocol === "http:" ? url : undefined;
  } catch {
    return undefined;
  }
}

/** A link that opens apart and is told nothing of this page; plain words where the address is not one of the web. */
export function outsideLink(address: string, words: string = address, style = ""): HTMLElement {
  const url = webAddress(address);
  if (url === undefined) return make("span", { class: "quoted" }, words);
  return make("a", { class: `outside ${style}`.trim(), href: url.href, target: "_blank", rel: "noopener noreferrer" }, words, icon("outside"), make("span", { class: "unseen" }, " (opens in a new tab)"));
}

/** One segment of a path of ours. Throws for the two names that every URL parser takes for a way up. */
export function segment(name: string): string {
  if (name === "." || name === ".." || name === "") throw new RangeError(`“${name}” cannot be part of an address.`);
  // A lone half of a surrogate pair is legal in JSON, not in a URL.
  return encodeURIComponent(name.replaceAll(/\p{Cs}/gu, "\u{fffd}"));
}
