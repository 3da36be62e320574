import type { Actions } from "./actions.ts";
import type { Navigation } from "./navigation.ts";
import type { Snapshot } from "./screen-types.ts";
import type { ScreenState } from "./store.ts";

/** What a key does, said once: for the line at the bottom, the help and the palette. */
export interface Command {
  readonly key: string;
  /** At the bottom. */
  readonly word: string;
  /** In the help and the palette. */
  readonly title: string;
  /** It is about the chosen server, and can be done with it now. */
  readonly fits: (server: Snapshot | undefined, state: ScreenState) => boolean;
  readonly run: (doing: Doing) => void;
}

export interface Doing {
  readonly server: Snapshot | undefined;
  readonly state: ScreenState;
  readonly actions: Actions;
  readonly navigation: Navigation;
}

const always = (): boolean => true;
const ofServer = (server: Snapshot | undefined): boolean => server !== undefined;
const usable = (server: Snapshot | undefined): boolean => server !== undefined && server.status !== "disabled";

/** About the chosen server, the likeliest first. */
export const serverCommands: readonly Command[] = [
  {
    key: "a",
    word: "sign in",
    title: "Sign in to the server, or show the sign-in that waits",
    fits: (server) => usable(server) && server?.type === "remote",
    run: ({ server, actions, navigation }) => {
      if (server === undefined) return;
      actions.signIn(server.name);
      navigation.open({ kind: "sign-in", server: server.name });
    },
  },
  {
    key: "c",
    word: "code",
    title: "Sign in with a code that is typed in at another device",
    fits: (server, state) => usable(server) && server?.type === "remote" && !state.signIns.has(server.name),
    run: ({ server, actions, navigation }) => {
      if (server === undefined) return;
      actions.signIn(server.name, { device: true });
      navigation.open({ kind: "sign-in", server: server.name });
    },
  },
  { key: "o", word: "sign out", title: "Sign out: revoke the sign-in where it came from, and forget it (asks once)", fits: (server) => server?.signedIn === true, run: ({ server, navigation }) => server && navigation.open({ kind: "sign-out", server: server.name }) },
  { key: "space", word: "connect", title: "Connect, or disconnect", fits: usable, run: ({ server, actions }) => server && void (server.status === "connected" ? actions.disconnect(server.name) : actions.connect(server.name)) },
  { key: "r", word: "retry", title: "Try to connect again", fits: (server) => usable(server) && server?.status !== "connected", run: ({ server, actions }) => server && void actions.connect(server.name) },
  {
    key: "d",
    word: "doctor",
    title: "Let doctor look at every leg of a sign-in and a call",
    fits: ofServer,
    run: ({ server, actions, navigation }) => {
      if (server === undefined) return;
      void actions.examine(server.name);
      navigation.open({ kind: "doctor", server: server.name });
    },
  },
  {
    key: "t",
    word: "tools",
    title: "Tools, prompts and resources: look, search, call",
    fits: usable,
    run: ({ server, actions, navigation }) => {
      if (server === undefined) return;
      void actions.loadCatalog(server.name);
      navigation.open({ kind: "tools", server: server.name });
    },
  },
  { key: "A", word: "accounts", title: "Accounts: who is signed in, which one is used, and signing in with another one", fits: (server) => usable(server) && server?.type === "remote", run: ({ server, navigation }) => server && navigation.open({ kind: "accounts", server: server.name }) },
  { key: "y", word: "copy", title: "Copy the server's address, or its command", fits: ofServer, run: ({ server, actions }) => actions.copy(server?.url ?? server?.command?.join(" ") ?? "") },
];

export const screenCommands: readonly Command[] = [
  { key: "s", word: "status", title: "Status of every server, with the command to type next to each problem (also /status)", fits: always, run: ({ navigation }) => navigation.open({ kind: "status" }) },
  { key: "e", word: "log", title: "What has happened since the screen was opened", fits: always, run: ({ navigation }) => navigation.open({ kind: "log" }) },
  { key: ":", word: "commands", title: "All commands, to search in (also Ctrl-P)", fits: always, run: ({ navigation }) => navigation.open({ kind: "palette" }) },
  { key: "?", word: "help", title: "What every key does", fits: always, run: ({ navigation }) => navigation.open({ kind: "help" }) },
  { key: "q", word: "quit", title: "Leave (also Ctrl-C)", fits: always, run: ({ actions }) => actions.quit() },
];

/** The command of a key, if it can be done now. */
export function commandOf(key: string, doing: Doing): Command | undefined {
  const name = key === " " ? "space" : key === "ctrl-p" ? ":" : key;
  return [...serverCommands, ...screenCommands].find((command) => command.key === name && command.fits(doing.server, doing.state));
}
