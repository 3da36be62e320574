import { asApiError } from "./api.ts";
import type { Examination, Finding } from "./api-types.ts";
import { button, make, quoted } from "./element.ts";
import { icon, type IconName } from "./icons.ts";
import type { Page } from "./page.ts";
import { copyable, noticeBox, spinner, toldBox } from "./parts.ts";
import type { Part } from "./tools-part.ts";
import { milliseconds, type Tone } from "./words.ts";

const marks: Readonly<Record<Finding["mark"], { readonly words: string; readonly tone: Tone; readonly icon: IconName }>> = {
  good: { words: "good", tone: "good", icon: "good" },
  note: { words: "note", tone: "quiet", icon: "note" },
  warning: { words: "warning", tone: "warn", icon: "warn" },
  bad: { words: "bad", tone: "bad", icon: "bad" },
};

/** What doctor finds out, leg by leg. It signs in to nothing and writes nothing, so coming here is enough to start it. */
export function doctorPart(page: Page, server: string): Part {
  const ending = new AbortController();
  const content = make("div", {});
  const again = button("Examine again", () => void run(), { hidden: true });
  const run = async (): Promise<void> => {
    if (again.getAttribute("aria-disabled") === "true") return;
    again.setAttribute("aria-disabled", "true");
    content.replaceChildren(spinner("Looking at every leg of a sign-in and a call; this takes some seconds…"));
    try {
      const examination = await page.api.doctor(server, ending.signal);
      content.replaceChildren(...report(page, examination));
      page.say(`Examined ${server}: ${verdictOf(examination)}`);
    } catch (thrown) {
      const { message, hint } = asApiError(thrown);
      content.replaceChildren(toldBox("bad", message, hint));
    }
    again.hidden = false;
    again.removeAttribute("aria-disabled");
  };
  void run();
  return { element: make("section", { "aria-labelledby": "doctor-heading" }, make("h2", { id: "doctor-heading", class: "unseen" }, "Doctor"), content, make("div", { class: "actions" }, again)), update: () => undefined, close: () => ending.abort() };
}

function verdictOf({ verdict }: Examination): string {
  return verdict.words ?? verdict.kind.replaceAll("_", " ");
}

function report(page: Page, examination: Examination): readonly HTMLElement[] {
  const { verdict, remedy, findings, durationMs } = examination;
  const tone: Tone = verdict.kind === "broken" ? "bad" : verdict.error === undefined || verdict.error === null ? "good" : "warn";
  const said = verdict.error?.error;
  return [
    noticeBox(tone, make("p", { class: "said" }, verdictOf(examination)), said === undefined ? undefined : make("p", { dir: "auto" }, said), ...remedyOf(page, remedy ?? undefined)),
    make("ol", { class: "findings" }, ...findings.map(findingEntry)),
    make("p", { class: "quiet" }, `Examined in ${milliseconds(durationMs)}. Nothing was signed in to, registered or written.`),
  ];
}

function remedyOf(page: Page, remedy: Examination["remedy"] | undefined): readonly HTMLElement[] {
  if (remedy === undefined || remedy === null) return [];
  const block = (label: string, text: string, what: string): HTMLElement => make("div", { class: "block" }, make("p", { class: "label" }, label), copyable(text, what, page.say));
  return [
    make("p", { class: "hint", dir: "auto" }, remedy.said),
    ...(remedy.command === undefined ? [] : [block("In a terminal", remedy.command, "the command")]),
    ...(remedy.config === undefined ? [] : [block("In the server's entry", JSON.stringify(remedy.config, null, 2), "the setting")]),
    ...(remedy.redirectUri === undefined ? [] : [block("Redirect URI to register", remedy.redirectUri, "the redirect URI")]),
  ];
}

function findingEntry(finding: Finding): HTMLElement {
  const { words, tone, icon: sign } = marks[finding.mark] ?? marks.note;
  const { status, durationMs, url, expected, clause } = finding;
  const measured = [status === undefined ? undefined : String(status), durationMs === undefined ? undefined : milliseconds(durationMs)].filter((each) => each !== undefined).join(" · ");
  return make(
    "li",
    { class: tone },
    make("span", { class: `sign ${tone}` }, icon(sign), make("span", { class: "unseen" }, `${words}: `)),
    make(
      "div",
      {},
      make("p", { class: "leg" }, make("strong", {}, finding.leg.replace(/^(tls|pkce)$/, (name) => name.toUpperCase())), measured === "" ? undefined : make("span", { class: "quiet" }, measured)),
      make("p", { dir: "auto" }, finding.said),
      url === undefined ? undefined : make("p", { class: "where" }, quoted(url)),
      expected === undefined || finding.mark === "good" || finding.mark === "note" ? undefined : make("p", { class: "expected" }, `Expected: ${expected}`, clause === undefined ? undefined : make("span", { class: "quiet" }, ` (${clause})`)),
    ),
  );
}
