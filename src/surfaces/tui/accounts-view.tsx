import { Box, Text } from "ink";
import { type ReactElement, useEffect, useState } from "react";
import { glyphs } from "./glyphs.ts";
import { layers } from "./key-hub.ts";
import { Lines, wrapLine } from "./lines.tsx";
import { moved, PickList } from "./pick-list.tsx";
import { fit, plain } from "./plain.ts";
import { useKeys, useParts, useScreen, useTone } from "./screen-context.ts";
import type { Snapshot, Words } from "./screen-types.ts";
import type { Accounts } from "./store.ts";
import { TextField } from "./text-field.tsx";
import { Titled } from "./titled.tsx";
import type { ServerViewProps } from "./view-props.ts";

interface Row {
  readonly account: string;
  readonly words: string;
  readonly isSignedIn: boolean;
}

/** Who is signed in to a server, under which name; another name may be typed in. */
export function AccountsView({ server, navigation, width, height }: ServerViewProps): ReactElement {
  const { actions, words } = useParts();
  const { accounts } = useScreen();
  const tone = useTone();
  const [chosen, setChosen] = useState(0);
  const [typed, setTyped] = useState("");
  const { name } = server;
  useEffect(() => void actions.loadAccounts(name), [actions, name]);
  const rows = rowsOf(server, accounts.get(name) ?? [], words);
  const at = Math.min(chosen, rows.length);
  const row = rows[at];
  const signIn = (account: string, again: boolean): void => {
    if (account === "") return;
    actions.signIn(name, { ...(account === server.account ? {} : { account }), force: again });
    navigation.replace({ kind: "sign-in", server: name });
  };
  useKeys(layers.dialog, (key) => {
    const to = moved(key.name, at, rows.length + 1, { letters: row !== undefined, page: height });
    if (to !== undefined) setChosen(to);
    else if (key.name === "escape") navigation.back();
    else if (key.name === "enter" && row !== undefined) signIn(row.account, row.isSignedIn);
    else if (key.name === "o" && row?.isSignedIn === true) navigation.replace({ kind: "sign-out", server: name, account: row.account });
    return key.name !== "ctrl-c";
  });
  const where = server.source.line === 0 ? "" : ` (${plain(server.source.file)}:${String(server.source.line)})`;
  const about = wrapLine({ text: `This server uses the account ${plain(server.account ?? "default", 60)}: "account": "NAME" in its entry${where} or in the configuration changes that. Others are used where they are named: --account NAME.`, tone: "quiet" }, width);
  return (
    <Titled title={`Accounts of ${plain(name, 60)}`} aside={row === undefined ? "esc · enter signs in" : row.isSignedIn ? "esc · enter signs in again · o signs out" : "esc · enter signs in"}>
      <PickList items={rows} chosen={at} height={Math.max(1, Math.min(rows.length, height - 3 - about.length))} keyOf={({ account }) => account} row={(each, isChosen) => <Text wrap="truncate-end" bold={isChosen}>{fit(`${isChosen ? glyphs.chosen : " "} ${each.words}`, width)}</Text>} />
      <Box height={1}>
        <Text bold={row === undefined}>{row === undefined ? glyphs.chosen : " "} another:  </Text>
        {row === undefined ? <TextField layer={layers.field} width={width - 13} value={typed} onChange={setTyped} onEnter={() => signIn(typed.trim(), false)} hint="a name for it, as you like: work" /> : <Text {...tone("quiet")}>{fit(plain(typed, 100) || "a name for it", width - 13)}</Text>}
      </Box>
      <Lines width={width} lines={about} />
    </Titled>
  );
}

function rowsOf(server: Snapshot, accounts: Accounts, words: Words): readonly Row[] {
  const stored = accounts.map(({ account, identity, state }): Row => {
    const how = { authenticated: "signed in", expired: "over", ended: "over", unreadable: "cannot be read on this machine" }[state];
    return { account, words: `${words.account(account, identity)} · ${how}${account === server.account ? " · used by this server" : ""}`, isSignedIn: state === "authenticated" };
  });
  const own = server.account ?? "default";
  return stored.some(({ account }) => account === own) ? stored : [{ account: own, words: `${plain(own, 60)} · not signed in · used by this server`, isSignedIn: false }, ...stored];
}
