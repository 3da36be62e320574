import { Box, Text } from "ink";
import { type ReactElement, useEffect, useState } from "react";
import { FormView } from "./form-view.tsx";
import { layers } from "./key-hub.ts";
import { type Line, Lines, wrapLine } from "./lines.tsx";
import { pieces, plain, plainLines } from "./plain.ts";
import { asSchema } from "../../base/form-schema.ts";
import { fieldsOf } from "./schema.ts";
import { useKeys, useParts, useSize, useTone } from "./screen-context.ts";
import type { Question } from "./store.ts";
import { Titled } from "./titled.tsx";

export interface QuestionViewProps {
  readonly question: Question;
  readonly width: number;
  readonly height: number;
}

/** What a server asks the person, over everything else: who asks, then a form, or an address that is opened after a yes only. L-2 to L-6 */
export function QuestionView(props: QuestionViewProps): ReactElement {
  const { question, width, height } = props;
  const { message, mode } = asSchema(question.request);
  const isSeen = useShield(question);
  // However much it says, what it wants and how to refuse stay in sight.
  const room = Math.max(2, Math.floor(height / 3));
  const all = plainLines(typeof message === "string" ? message : "", { lines: room, limit: room * width }).flatMap((text) => wrapLine({ text }, width));
  const said: readonly Line[] = all.length > room ? [...all.slice(0, room - 1), { text: "… (it says more than there is room for)", tone: "quiet" }] : all;
  return (
    <Titled title={`${plain(question.server, 60)} asks`} aside={isSeen ? "esc cancels · ctrl-d declines" : "one moment…"}>
      <Lines lines={said} width={width} />
      {mode === "url" ? <Address {...props} rows={said.length} /> : <Form {...props} rows={said.length} />}
    </Titled>
  );
}

/** A key that was meant for what was there before is no answer: the first moments nobody hears any, nor after the answer. false: they are not over. */
function useShield(question: Question): boolean {
  const { store } = useParts();
  const [seen, setSeen] = useState<Question | undefined>(undefined);
  useEffect(() => {
    const timer = setTimeout(() => setSeen(question), shieldMs);
    return () => clearTimeout(timer);
  }, [question]);
  useKeys(layers.shield, () => seen !== question || store.get().questions[0] !== question);
  return seen === question;
}

const shieldMs = 400;

function useRefusals({ answer }: Question): void {
  useKeys(layers.question, ({ name }) => {
    if (name === "escape") answer({ action: "cancel" });
    if (name === "ctrl-d") answer({ action: "decline" });
    return name !== "ctrl-c";
  });
}

/** All answers are there to be looked at before Enter sends them. */
function Form({ question, width, height, rows }: QuestionViewProps & { readonly rows: number }): ReactElement {
  useRefusals(question);
  const { requestedSchema } = asSchema(question.request);
  return <FormView fields={fieldsOf(requestedSchema)} description="" layer={layers.questionField} width={width} height={height - 2 - rows} verb={`sends this to ${plain(question.server, 60)}`} send={(content) => question.answer({ action: "accept", content })} />;
}

function Address({ question, width, height, rows }: QuestionViewProps & { readonly rows: number }): ReactElement {
  const { actions, words } = useParts();
  const { columns } = useSize();
  const tone = useTone();
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const { url } = asSchema(question.request);
  const parsed = typeof url === "string" && URL.canParse(url) ? new URL(url) : undefined;
  const isWeb = parsed?.protocol === "https:" || parsed?.protocol === "http:";
  useRefusals(question);
  useKeys(layers.questionField, ({ name }) => {
    if (!isWeb || parsed === undefined) return false;
    if (name === "ctrl-y") actions.copy(parsed.href);
    if (name !== "y") return name === "n" ? (question.answer({ action: "decline" }), true) : false;
    void actions.openBrowser(parsed.href).then((reason) => (reason === undefined ? undefined : setTrouble(reason))).finally(() => question.answer({ action: "accept" }));
    return true;
  });
  if (!isWeb || parsed === undefined) return <Text {...tone("bad")}>It names no web address that could be opened. esc goes on.</Text>;
  const host = words.host(parsed.host);
  const lines = pieces(parsed.href, columns);
  const shown = lines.slice(0, Math.max(1, height - rows - 6));
  return (
    <Box flexDirection="column">
      <Text wrap="truncate-middle">It wants you to open a page at <Text bold>{plain(host, 300)}</Text>:</Text>
      {shown.map((piece, index) => <Text key={index} underline>{piece}</Text>)}
      {shown.length === lines.length ? null : <Text bold>{`…and ${String(parsed.href.length - shown.length * columns)} characters more; ctrl-y copies all of it`}</Text>}
      {host === parsed.host ? null : <Text {...tone("warn")}>This host has letters that can look like others.</Text>}
      {trouble === undefined ? null : <Lines width={width} lines={wrapLine({ text: `The browser did not open (${plain(trouble, 100)}); open the address yourself.`, tone: "warn" }, width)} />}
      <Text><Text bold>y</Text> open it   <Text bold>n</Text> decline   <Text bold>ctrl-y</Text> copy the address</Text>
    </Box>
  );
}
