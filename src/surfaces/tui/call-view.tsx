import { type ReactElement, useEffect, useRef, useState } from "react";
import type { Progress } from "../../connection/manager.ts";
import { failed, toError } from "./actions.ts";
import type { OfferName } from "./catalog.ts";
import { FormView } from "./form-view.tsx";
import { layers } from "./key-hub.ts";
import { plain } from "./plain.ts";
import { type ResultPart, resultParts } from "./result-parts.ts";
import { ResultView } from "./result-view.tsx";
import { useKeys, useParts, useScreen } from "./screen-context.ts";
import { fieldsOf, type FormField } from "./schema.ts";
import { Titled } from "./titled.tsx";
import type { ServerViewProps } from "./view-props.ts";
import type { Catalog } from "./store.ts";

interface Run {
  readonly running: boolean;
  readonly startedAt: number;
  readonly progress?: Progress | undefined;
  readonly parts: readonly ResultPart[];
  /** To be copied. */
  readonly text: string;
}

/** A tool, prompt or resource: what it wants as a form, then what came of it. */
export function CallView(props: ServerViewProps & { readonly offer: OfferName }): ReactElement {
  const { server, navigation, width, height, offer } = props;
  const { catalogs } = useScreen();
  const wanted = wantedBy(offer, catalogs.get(server.name));
  const { run, start, cancel, clear } = useRun(server.name, offer);
  useKeys(layers.dialog, ({ name }) => {
    if (name === "escape" && run === undefined) navigation.back();
    else if (name === "escape" && run?.running === true) cancel();
    else if (name === "escape") clear();
    return name !== "ctrl-c";
  });
  const title = `${plain(server.name, 40)}: ${offer.kind === "tool" ? "" : `${offer.kind} `}${plain(offer.name, 80)}`;
  if (run !== undefined) return <Titled title={title} aside={run.running ? "esc cancels" : `esc back to the form · y copies${run.parts.some((part) => "json" in part) ? " · space folds" : ""}${run.parts.some((part) => "link" in part) ? " · enter reads a link" : ""}`}><ResultView {...run} width={width} height={height - 1} follow={(uri) => navigation.open({ kind: "call", server: server.name, offer: { kind: "resource", name: uri } })} /></Titled>;
  return <Titled title={title} aside="esc · tab next field · enter calls"><FormView fields={wanted.fields} description={wanted.description} layer={layers.field} width={width} height={height - 1} send={start} verb={offer.kind === "tool" ? "call" : "get"} /></Titled>;
}

interface Wanted {
  /** undefined: no form can be made; it is written as JSON. */
  readonly fields: readonly FormField[] | undefined;
  readonly description: string;
}

function wantedBy({ kind, name }: OfferName, catalog: Catalog | undefined): Wanted {
  if (kind === "tool") {
    const tool = catalog?.tools.find((each) => each.name === name);
    return { fields: fieldsOf(tool?.inputSchema), description: tool?.description ?? "" };
  }
  const prompt = kind === "prompt" ? catalog?.prompts.find((each) => each.name === name) : undefined;
  const properties = Object.fromEntries((prompt?.arguments ?? []).map((each) => [each.name, { type: "string", description: each.description }]));
  return { fields: fieldsOf({ type: "object", properties, required: prompt?.arguments?.filter(({ required }) => required === true).map((each) => each.name) }), description: prompt?.description ?? "" };
}

type Arguments = Readonly<Record<string, unknown>>;

function useRun(server: string, offer: OfferName): { readonly run: Run | undefined; readonly start: (args: Arguments) => void; readonly cancel: () => void; readonly clear: () => void } {
  const { actions, now } = useParts();
  const [run, setRun] = useState<Run | undefined>(undefined);
  const controller = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => controller.current?.abort(), []);
  const start = async (args: Arguments): Promise<void> => {
    const own = new AbortController();
    const startedAt = now();
    controller.current = own;
    const tell = (change: Partial<Run>): void => (controller.current === own ? setRun((known) => ({ running: true, startedAt, parts: [], text: "", ...known, ...change })) : undefined);
    setRun({ running: true, startedAt, parts: [], text: "" });
    try {
      const result = await actions.run(server, offer, args, { signal: own.signal, onProgress: (progress) => tell({ progress }) });
      tell({ running: false, parts: resultParts(result), text: JSON.stringify(result, null, 2) });
    } catch (thrown) {
      const { tone, lines } = failed(toError(thrown));
      tell({ running: false, parts: lines.map((text) => ({ line: { text, tone } })), text: lines.join("\n") });
    }
  };
  return { run, start: (args) => void start(args), cancel: () => controller.current?.abort(), clear: () => setRun(undefined) };
}
