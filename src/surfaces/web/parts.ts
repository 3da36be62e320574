import { button, type Child, make } from "./element.ts";
import { icon, type IconName } from "./icons.ts";
import type { ServerDetail } from "./api-types.ts";
import { lookOf, type Tone } from "./words.ts";

/** Small things that several views show. */

const toneIcons: Readonly<Record<Tone, IconName>> = { good: "good", warn: "warn", bad: "bad", quiet: "note" };

export function statusPill(server: ServerDetail): HTMLElement {
  const { words, tone, icon: sign } = lookOf(server);
  return make("span", { class: `status ${tone}` }, icon(sign), words);
}

/** A coloured box with a sign, and words that say the same. */
export function noticeBox(tone: Tone, ...content: readonly Child[]): HTMLElement {
  return make("div", { class: `notice ${tone}` }, icon(toneIcons[tone]), make("div", {}, ...content));
}

/** What was said, and what to do now. */
export function toldBox(tone: Tone, said: string, hint: string | null | undefined, ...more: readonly Child[]): HTMLElement {
  return noticeBox(tone, make("p", { class: "said", dir: "auto" }, said), typeof hint === "string" ? hintLine(hint) : undefined, ...more);
}

/** A command is told from words. */
function hintLine(hint: string): HTMLElement {
  return /^mcpass [^\n]*$/.test(hint) ? make("p", { class: "hint" }, "In a terminal: ", make("code", {}, hint)) : make("p", { class: "hint", dir: "auto" }, hint);
}

/** Something to be taken elsewhere. */
export function copyable(text: string, what: string, say: (words: string) => void): HTMLElement {
  const label = make("span", {}, "Copy");
  const copy = button([icon("copy"), label, make("span", { class: "unseen" }, ` ${what}`)], () => void take(), { class: "small" });
  const take = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      label.textContent = "Copied";
      say(`Copied ${what}.`);
    } catch {
      label.textContent = "Not copied";
      say("The browser did not allow copying.");
    }
  };
  return make("div", { class: "copyable" }, make("code", { tabindex: 0 }, text), copy);
}

export function spinner(words: string): HTMLElement {
  return make("p", { class: "busy" }, icon("busy"), words);
}

/** Pairs of a name and what it is; those without a value are left out. */
export function facts(pairs: readonly (readonly [string, Child])[]): HTMLElement {
  return make("dl", { class: "facts" }, ...pairs.flatMap(([name, value]) => (value === undefined ? [] : [make("div", {}, make("dt", {}, name), make("dd", {}, value))])));
}
