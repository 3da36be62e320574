import { Text } from "ink";
import type { ReactElement } from "react";
import { glyphs } from "./glyphs.ts";
import { fit, pad, plain, widthOf } from "./plain.ts";
import { useParts, useScreen, useTone } from "./screen-context.ts";
import type { Snapshot } from "./screen-types.ts";
import { lookOf } from "./status-look.ts";

/** Bullet, name, OpenCode's word for the status, then the account and the time that is left. */
export function ServerLine({ server, isChosen, width }: { readonly server: Snapshot; readonly isChosen: boolean; readonly width: number }): ReactElement {
  const { words } = useParts();
  const { now, busy, signIns } = useScreen();
  const tone = useTone();
  const look = lookOf(server);
  const word = signIns.has(server.name) ? "Signing in…" : (busy.get(server.name) ?? look.word);
  const room = width - 4;
  const name = pad(fit(plain(server.name, 60), Math.max(8, room - Math.min(widthOf(word), 14) - 1)), Math.min(Math.max(8, Math.floor(room * 0.4)), room));
  const facts = [...accountOf(server), ...(server.status === "connected" && server.signedIn && server.expiresAt !== undefined && server.expiresAt > now ? [words.duration(server.expiresAt - now)] : [])];
  return (
    <Text wrap="truncate-end">
      {isChosen ? glyphs.chosen : " "} <Text {...tone(look.tone)}>{glyphs.bullet}</Text> <Text bold={isChosen} inverse={isChosen}>{name}</Text> <Text dimColor italic={look.isError}>{fit([word, ...facts].join(" · "), Math.max(0, room - widthOf(name) - 1))}</Text>
    </Text>
  );
}

function accountOf({ account, identity, signedIn }: Snapshot): readonly string[] {
  const label = identity?.email ?? identity?.name ?? (account === "default" ? undefined : account);
  return label === undefined || !signedIn ? [] : [plain(label, 40)];
}
