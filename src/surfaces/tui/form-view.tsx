import { Box, Text } from "ink";
import { type ReactElement, useState } from "react";
import { ChoiceField } from "./choice-field.tsx";
import { glyphs } from "./glyphs.ts";
import { Lines, wrapLine } from "./lines.tsx";
import { fit, pad, plain, plainLines } from "./plain.ts";
import { useKeys, useTone } from "./screen-context.ts";
import { asSchema } from "../../base/form-schema.ts";
import { type FormField, parseJson, read } from "./schema.ts";
import { TextField } from "./text-field.tsx";

export interface FormViewProps {
  /** undefined: no form can be made; it is one field of JSON. */
  readonly fields: readonly FormField[] | undefined;
  readonly description: string;
  readonly layer: number;
  readonly width: number;
  readonly height: number;
  readonly send: (values: Readonly<Record<string, unknown>>) => void;
  /** What Enter does. */
  readonly verb: string;
}

const whole: FormField = { name: "arguments", title: undefined, description: "a JSON object", required: true, shape: { kind: "json" }, initial: "{}", limits: [] };

/** Fields of a schema, one row each; what is wrong stands at its field. */
export function FormView({ fields: given, description, layer, width, height, send, verb }: FormViewProps): ReactElement {
  const fields = given ?? [whole];
  const [written, setWritten] = useState<Readonly<Record<string, string>>>(() => Object.fromEntries(fields.map(({ name, initial }) => [name, initial])));
  const [at, setAt] = useState(0);
  const [problems, setProblems] = useState<Readonly<Record<string, string>>>({});
  const submit = (): void => {
    const readings = fields.map((field) => [field, given === undefined ? readWhole(written[field.name] ?? "") : read(field, written[field.name] ?? "")] as const);
    const wrong = readings.flatMap(([field, reading], index) => ("problem" in reading ? [{ index, name: field.name, problem: reading.problem }] : []));
    setProblems(Object.fromEntries(wrong.map(({ name, problem }) => [name, problem])));
    if (wrong[0] !== undefined) return setAt(wrong[0].index);
    const values = Object.fromEntries(readings.flatMap(([{ name }, reading]) => ("value" in reading && reading.value !== undefined ? [[name, reading.value]] : [])));
    send(given === undefined ? asSchema(values["arguments"]) : values);
  };
  useKeys(layer, ({ name }) => {
    const step = { tab: 1, down: 1, "shift-tab": -1, up: -1 }[name];
    if (step !== undefined && fields.length > 0) setAt((at + step + fields.length) % fields.length);
    else if (name === "enter") submit();
    else return false;
    return true;
  });
  const about = plainLines(description, { lines: 20, limit: 1000 }).flatMap((text) => wrapLine({ text, tone: "quiet" }, width)).slice(0, Math.max(1, Math.floor(height / 4)));
  const room = Math.max(1, Math.floor((height - about.length - 3) / 2));
  const top = Math.max(0, Math.min(at - Math.floor(room / 2), fields.length - room));
  return (
    <Box flexDirection="column">
      <Lines lines={about} width={width} />
      {fields.slice(top, top + room).map((field, index) => (
        <FieldRow key={field.name} field={field} isChosen={top + index === at} layer={layer} width={width} written={written[field.name] ?? ""} problem={problems[field.name]} onChange={(text) => setWritten((now) => ({ ...now, [field.name]: text }))} />
      ))}
      {fields.length > room ? <Text dimColor>{`field ${String(at + 1)} of ${String(fields.length)}`}</Text> : null}
      <Text><Text bold>enter</Text> {verb}{fields.length === 0 ? ": nothing has to be filled in" : ""}</Text>
    </Box>
  );
}

function readWhole(text: string): ReturnType<typeof parseJson> {
  const reading = parseJson(text.trim() === "" ? "{}" : text);
  if ("problem" in reading) return reading;
  return typeof reading.value === "object" && reading.value !== null && !Array.isArray(reading.value) ? reading : { problem: "This must be an object, in braces." };
}

interface FieldRowProps {
  readonly field: FormField;
  readonly isChosen: boolean;
  readonly layer: number;
  readonly width: number;
  readonly written: string;
  readonly problem: string | undefined;
  readonly onChange: (text: string) => void;
}

function FieldRow({ field, isChosen, layer, width, written, problem, onChange }: FieldRowProps): ReactElement {
  const tone = useTone();
  const side = Math.min(28, Math.floor(width / 3));
  const room = width - side - 3;
  const label = `${isChosen ? glyphs.chosen : " "} ${plain(field.title ?? field.name, 60)}${field.required ? " *" : ""}`;
  return (
    <Box flexDirection="column" flexShrink={0}>
      <Box height={1}>
        <Text bold={isChosen}>{pad(label, side)} </Text>
        {!isChosen ? <Text wrap="truncate-end">{fit(plain(written, 500), room)}</Text> : field.shape.kind === "choice" ? <ChoiceField titles={field.shape.titles} required={field.required || field.initial !== ""} layer={layer} width={room} value={written} onChange={onChange} /> : <TextField layer={layer} width={room} value={written} onChange={onChange} hint={hintOf(field)} />}
      </Box>
      <Text wrap="truncate-end" {...tone(problem === undefined ? "quiet" : "bad")}>{fit(`${" ".repeat(side + 1)}${problem ?? aboutField(field)}`, width) || " "}</Text>
    </Box>
  );
}

function aboutField({ shape, description, limits }: FormField): string {
  const kind = { text: "", number: shape.kind === "number" && shape.whole ? "a whole number" : "a number", choice: "", json: "as JSON" }[shape.kind];
  return [description === undefined ? "" : plain(description, 200), kind, ...limits.map(({ said }) => said)].filter((each) => each !== "").join(", ");
}

function hintOf({ shape, required }: FormField): string {
  return shape.kind === "json" ? '{"…": …}' : required ? "needed" : "may be left out";
}
