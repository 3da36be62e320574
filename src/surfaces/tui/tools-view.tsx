import { Text } from "ink";
import { type ReactElement, useMemo, useState } from "react";
import { type Offer, offersOf } from "./catalog.ts";
import { countOf } from "./fact-words.ts";
import { glyphs } from "./glyphs.ts";
import { layers } from "./key-hub.ts";
import { Lines, wrapLine } from "./lines.tsx";
import { moved, PickList } from "./pick-list.tsx";
import { fit, plain } from "./plain.ts";
import { useKeys, useParts, useScreen, useTone } from "./screen-context.ts";
import { TextField } from "./text-field.tsx";
import { Titled } from "./titled.tsx";
import type { ServerViewProps } from "./view-props.ts";

/** What a server offers, to search in; Enter opens one. */
export function ToolsView({ server, navigation, width, height }: ServerViewProps): ReactElement {
  const { actions } = useParts();
  const { catalogs } = useScreen();
  const tone = useTone();
  const [words, setWords] = useState("");
  const [chosen, setChosen] = useState(0);
  const catalog = catalogs.get(server.name);
  const all = useMemo(() => (catalog === undefined ? [] : offersOf(catalog)), [catalog]);
  const found = useMemo(() => all.filter((offer) => words.toLowerCase().split(/\s+/).every((word) => offer.searched.includes(word))), [all, words]);
  const at = Math.min(chosen, Math.max(0, found.length - 1));
  useKeys(layers.dialog, ({ name }) => {
    const to = moved(name, at, found.length, { letters: false, page: height - 5 });
    if (to !== undefined) setChosen(to);
    else if (name === "escape") navigation.back();
    else if (name === "ctrl-r") void actions.loadCatalog(server.name);
    return name !== "ctrl-c";
  });
  const open = (): void => {
    const offer = found[at];
    if (offer !== undefined) navigation.open({ kind: "call", server: server.name, offer: { kind: offer.kind, name: offer.name } });
  };
  const about = found[at];
  const aside = about === undefined ? [] : wrapLine({ text: about.description, tone: "quiet" }, width).slice(0, 2);
  const loading = catalog === undefined || catalog.state === "loading";
  return (
    <Titled title={`${plain(server.name, 60)}: ${all.length === 0 && loading ? "reading what it offers…" : kindsOf(all)}`} aside="esc · enter opens · ctrl-r reads again">
      <TextField layer={layers.field} width={width} value={words} onChange={setWords} onEnter={open} hint="search in names and descriptions" />
      {catalog?.error === undefined ? null : <Lines width={width} lines={wrapLine({ text: plain(catalog.error.message, 500), tone: "bad" }, width)} />}
      {found.length === 0 ? <Text {...tone("quiet")}>{loading ? "…" : all.length === 0 ? "It offers nothing." : "Nothing has these words."}</Text> : <PickList items={found} chosen={at} height={Math.max(3, height - 4 - (catalog?.error === undefined ? 0 : 2))} keyOf={({ id }) => id} row={(offer, isChosen) => <Text wrap="truncate-end" bold={isChosen}>{fit(`${isChosen ? glyphs.chosen : " "} ${offer.label}`, width)}</Text>} />}
      <Lines width={width} lines={aside} />
    </Titled>
  );
}

function kindsOf(offers: readonly Offer[]): string {
  const counts = (["tool", "prompt", "resource"] as const).map((kind) => [kind, offers.filter((offer) => offer.kind === kind).length] as const);
  return counts.filter(([kind, count]) => count > 0 || kind === "tool").map(([kind, count]) => countOf(count, kind)).join(", ");
}
