import { Box, Text } from "ink";
import { type ReactElement, useMemo, useState } from "react";
import { type Doing, commandOf } from "./commands.ts";
import { FilterLine, matches } from "./filter-line.tsx";
import { Footer, type Hint, hintsOf } from "./footer.tsx";
import { Home, isNarrow } from "./home.tsx";
import { layers } from "./key-hub.ts";
import { type Navigation, opened, type View } from "./navigation.ts";
import { moved } from "./pick-list.tsx";
import { QuestionView } from "./question-view.tsx";
import { useKeys, useParts, useScreen, useSize } from "./screen-context.ts";
import type { Snapshot } from "./screen-types.ts";
import { Toasts } from "./toasts.tsx";
import { ViewPart } from "./view-part.tsx";

const home: View = { kind: "home" };
const smallest = { columns: 60, rows: 15 } as const;

/** The whole screen. */
export function App(): ReactElement {
  const size = useSize();
  const { toasts, questions: [question] } = useScreen();
  useScreenKeys();
  const { columns, rows } = size;
  const parts = useNavigation();
  const fits = columns >= smallest.columns && rows >= smallest.rows;
  const [width, height] = [Math.max(columns, smallest.columns), Math.max(rows, smallest.rows)];
  const room = height - 1 - toasts.length;
  // What is covered stays as it is: a call goes on, and what was typed is there afterwards.
  return (
    <Box flexDirection="column" width={columns} height={rows} overflow="hidden">
      {fits ? null : <TooSmall />}
      <Box display={fits ? "flex" : "none"} flexDirection="column">
        <Box display={question === undefined ? "flex" : "none"} height={room} flexShrink={0} overflow="hidden" flexDirection="column"><Main {...parts} width={width} height={room} /></Box>
        {question === undefined ? null : <Box height={room} flexShrink={0} overflow="hidden"><QuestionView key={question.id} question={question} width={width} height={room} /></Box>}
        <Toasts />
        <Footer hints={question === undefined ? hintsHere(parts) : whileAsked} />
      </Box>
    </Box>
  );
}

const whileAsked: readonly Hint[] = [["esc", "cancel"], ["ctrl-d", "decline"], ["ctrl-c", "quit"]];

function hintsHere({ stack, doing, navigation }: Screen): readonly Hint[] {
  const { kind } = navigation.view;
  return stack.length === 1 || kind === "details" ? hintsOf(doing, kind === "home") : [["esc", "back"], ["ctrl-c", "quit"]];
}

function TooSmall(): ReactElement {
  const { columns, rows } = useSize();
  return <Text>{`This window is too small: ${String(columns)}×${String(rows)}. mcpass needs ${String(smallest.columns)}×${String(smallest.rows)}. Make it larger, or press q to leave.`}</Text>;
}

/** Keys that work wherever one is. */
function useScreenKeys(): void {
  const { actions } = useParts();
  const { columns, rows } = useSize();
  useKeys(layers.always, ({ name }) => {
    if (name === "ctrl-c") actions.quit();
    else if (name === "ctrl-z") actions.suspend();
    else if (name === "ctrl-l") actions.repaint();
    else if (columns >= smallest.columns && rows >= smallest.rows) return false;
    else if (name === "q") actions.quit();
    return true;
  });
}

interface Screen {
  readonly navigation: Navigation;
  readonly stack: readonly View[];
  readonly doing: Doing;
  readonly servers: readonly Snapshot[];
  readonly chosen: number;
  readonly filter: string | undefined;
  readonly setFilter: (filter: string | undefined) => void;
}

/** What is shown and chosen, and what keys do there. */
function useNavigation(): Screen {
  const { actions } = useParts();
  const state = useScreen();
  const { rows } = useSize();
  const [stack, setStack] = useState<readonly View[]>([home]);
  const [name, setName] = useState<string | undefined>(undefined);
  const [filter, setFilter] = useState<string | undefined>(undefined);
  const servers = useMemo(() => (filter === undefined || filter === "" ? state.servers : state.servers.filter((server) => matches(server, filter))), [state.servers, filter]);
  const chosen = Math.max(0, servers.findIndex((server) => server.name === name));
  const view = stack.at(-1) ?? home;
  const about = "server" in view ? state.servers.find((server) => server.name === view.server) : servers[chosen];
  const navigation: Navigation = {
    view,
    open: (next) => setStack((now) => opened(now, next)),
    replace: (next) => setStack((now) => opened(now.slice(0, -1), next)),
    back: () => setStack((now) => (now.length > 1 ? now.slice(0, -1) : now)),
    choose: setName,
  };
  const doing: Doing = { server: about, state, actions, navigation };
  useKeys(layers.screen, (key) => {
    if (view.kind !== "home" && view.kind !== "details") return false;
    const to = view.kind === "home" ? moved(key.name, chosen, servers.length, { letters: true, page: rows - 4 }) : undefined;
    if (to !== undefined) setName(servers[to]?.name);
    else if (key.name === "enter" && view.kind === "home" && about !== undefined) navigation.open({ kind: "details", server: about.name });
    else if (key.name === "escape" && view.kind === "details") navigation.back();
    else if (key.name === "escape") setFilter(undefined);
    else if (key.name === "/") setFilter("");
    else commandOf(key.name, doing)?.run(doing);
    return true;
  });
  return { navigation, stack, doing, servers, chosen, filter, setFilter };
}

function Main({ navigation, doing, servers, chosen, filter, setFilter, width, height }: Screen & { readonly width: number; readonly height: number }): ReactElement {
  const isHome = navigation.view.kind === "home";
  const [typing, setTyping] = useState(false);
  // A filter that was just begun is being typed.
  if (filter === "" && !typing) setTyping(true);
  if (filter === undefined && typing) setTyping(false);
  if (!isHome) return <ViewPart navigation={navigation} doing={doing} width={width} height={height} />;
  const filterRows = filter === undefined ? 0 : 1;
  return (
    <>
      {filter === undefined ? null : <FilterLine filter={filter} isTyping={typing} onChange={setFilter} onDone={() => (runWord(filter, servers, doing) ? setFilter(undefined) : setTyping(false))} />}
      <Home servers={servers} chosen={chosen} width={width} height={height - filterRows} folded={isNarrow(width)} />
    </>
  );
}

/** `/status` and its like: what is the name of a command, and of no server. */
function runWord(filter: string, servers: readonly Snapshot[], doing: Doing): boolean {
  const key = servers.length > 0 ? undefined : { status: "s", help: "?", log: "e", quit: "q", commands: ":" }[filter.trim()];
  const command = key === undefined ? undefined : commandOf(key, doing);
  command?.run(doing);
  return command !== undefined;
}
