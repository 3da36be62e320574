import { type ReactElement } from "react";
import type { Examination } from "../../connection/manager.ts";
import { verdictWords } from "../../connection/verdict-words.ts";
import { glyphs } from "./glyphs.ts";
import { layers } from "./key-hub.ts";
import { type Line, wrapLine } from "./lines.tsx";
import { pad, plain, plainLines, widthOf } from "./plain.ts";
import { useKeys, useParts, useScreen } from "./screen-context.ts";
import { ScrollLines } from "./scroll-lines.tsx";
import { Titled } from "./titled.tsx";
import type { Examined, Tone } from "./store.ts";
import type { ServerViewProps } from "./view-props.ts";

type Finding = Examination["findings"][number];

/** What doctor finds out, leg by leg, then its verdict and what to do. */
export function DoctorView({ server, navigation, width, height }: ServerViewProps): ReactElement {
  const { actions } = useParts();
  const { examined } = useScreen();
  const known = examined.get(server.name);
  useKeys(layers.pane, ({ name }) => {
    if (name === "r" || name === "d") void actions.examine(server.name);
    const command = known?.examination?.remedy?.command;
    if (name === "y" && command !== undefined) actions.copy(command);
    if (name === "escape" || name === "q" || name === "enter") navigation.back();
    return name !== "ctrl-c";
  });
  return (
    <Titled title={`Doctor: ${plain(server.name, 60)}`} aside="esc · r again · y copies the remedy">
      <ScrollLines atEnd layer={layers.dialog} width={width} height={height - 1} lines={known === undefined ? [] : linesOf(known, width)} />
    </Titled>
  );
}

function linesOf({ running, found, examination, error }: Examined, width: number): readonly Line[] {
  const legs = Math.max(5, ...found.map(({ leg }) => widthOf(plain(leg, 40))));
  return [
    ...found.flatMap((finding) => findingLines(finding, legs, width)),
    ...(running ? [{ text: "Looking at every leg of a sign-in and a call; it takes some seconds…", tone: "quiet" as const }] : []),
    ...(error === undefined ? [] : wrapLine({ text: plain(error.message, 1000), tone: "bad" }, width)),
    ...(examination === undefined ? [] : verdictLines(examination).flatMap((line) => wrapLine(line, width, 2))),
  ];
}

const marks: Readonly<Record<Finding["mark"], readonly [string, Tone]>> = { good: [glyphs.good, "good"], note: [glyphs.note, "quiet"], warning: [glyphs.warning, "warn"], bad: [glyphs.bad, "bad"] };

function findingLines({ leg, mark, said, url, status, durationMs, expected, clause }: Finding, legs: number, width: number): readonly Line[] {
  const [sign, tone] = marks[mark] ?? marks.note;
  const words = plain(said, 1000);
  const facts = [...(url === undefined || words.includes(url) ? [] : [plain(url, 500)]), ...(durationMs === undefined ? [] : [`${String(Math.round(durationMs))} ms`])];
  const text = `${sign} ${pad(plain(leg, 40), legs)}  ${status === undefined || words.startsWith(String(status)) ? "" : `${String(status)} `}${words}${facts.length === 0 ? "" : `  (${facts.join("; ")})`}`;
  const wanted = expected !== undefined && (mark === "warning" || mark === "bad") ? [{ text: `expected: ${plain(expected, 500)}${clause === undefined ? "" : ` (${plain(clause, 200)})`}`, tone: "quiet" as const }] : [];
  const indent = legs + 4 < width / 2 ? legs + 4 : 2;
  const under = wanted.flatMap((line) => wrapLine(line, width - indent)).map((line) => ({ ...line, text: " ".repeat(indent) + line.text }));
  return [...wrapLine({ text, tone }, width, indent), ...under];
}

function verdictLines({ verdict, remedy, durationMs }: Examination): readonly Line[] {
  const tone: Tone = verdict.kind === "broken" ? "bad" : verdict.error === undefined ? "good" : "warn";
  return [
    { text: "" },
    { text: `verdict: ${verdictWords(verdict)} (${(durationMs / 1000).toFixed(1)} s)`, bold: true, tone },
    ...(verdict.error === undefined ? [] : [{ text: plain(verdict.error.message.split("\n")[0] ?? "", 1000) }]),
    ...(remedy === undefined
      ? []
      : [
          ...plainLines(`remedy: ${remedy.said}`, { lines: 20 }).map((text): Line => ({ text })),
          ...(remedy.command === undefined || remedy.said.includes(remedy.command) ? [] : [{ text: `  ${plain(remedy.command)}` }]),
          ...(remedy.redirectUri === undefined ? [] : [{ text: `redirect URI to register: ${plain(remedy.redirectUri)}` }]),
          ...(remedy.config === undefined ? [] : [{ text: "in the server's entry:" }, ...plainLines(JSON.stringify(remedy.config, null, 2), { lines: 200 }).slice(1, -1).map((text) => ({ text }))]),
        ]),
  ];
}
