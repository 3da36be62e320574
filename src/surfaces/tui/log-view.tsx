import type { ReactElement } from "react";
import type { McpassEvent } from "../../base/events.ts";
import { timeOf } from "./fact-words.ts";
import { layers } from "./key-hub.ts";
import { type Line, wrapLine } from "./lines.tsx";
import { plain } from "./plain.ts";
import { useKeys, useScreen } from "./screen-context.ts";
import { ScrollLines } from "./scroll-lines.tsx";
import { Titled } from "./titled.tsx";
import type { Tone } from "./store.ts";
import type { ViewProps } from "./view-props.ts";

/** What has happened, newest last. */
export function LogView({ navigation, width, height }: ViewProps): ReactElement {
  const { happenings } = useScreen();
  useKeys(layers.pane, ({ name }) => {
    if (name === "escape" || name === "q" || name === "e" || name === "enter") navigation.back();
    return name !== "ctrl-c";
  });
  const lines = happenings.flatMap(({ event }): readonly Line[] => {
    const [tone, said] = wordsOf(event);
    return wrapLine({ text: `${timeOf(event.at)}  ${plain(event.server, 60)}: ${said}`, tone }, width, 10);
  });
  return <Titled title="Event log"><ScrollLines atEnd layer={layers.dialog} width={width} height={height - 1} lines={lines.length === 0 ? [{ text: "Nothing has happened yet.", tone: "quiet" }] : lines} /></Titled>;
}

const outcomes = { completed: "the sign-in is completed", refused: "the sign-in was refused", expired: "the sign-in was not finished in time", cancelled: "the sign-in was cancelled" } as const;
const toneOfStatus: Readonly<Record<string, Tone>> = { connected: "good", needs_auth: "warn", needs_client_registration: "bad", failed: "bad" };

function wordsOf(event: McpassEvent): readonly [Tone | undefined, string] {
  switch (event.type) {
    case "server.status":
      return [toneOfStatus[event.status], `${event.status.replaceAll("_", " ")}${event.error === undefined ? "" : `: ${plain(event.error.message.split("\n")[0] ?? "", 500)}`}`];
    case "authorization.begun":
      return [undefined, "a sign-in waits for a person"];
    case "authorization.ended":
      return [event.outcome === "completed" ? "good" : "warn", outcomes[event.outcome]];
    case "browser.failed":
      return ["warn", `the browser did not open: ${plain(event.reason, 200)}`];
    case "grant.obtained":
      return ["good", `signed in as ${plain(event.account, 60)} at ${plain(event.issuer, 200)}`];
    case "grant.renewed":
      return [undefined, "the token was renewed"];
    case "grant.ended":
      return ["warn", `the sign-in ended: ${plain(event.reason, 300)}`];
    case "grant.forgotten":
      return [undefined, `signed out (${plain(event.revoked, 60)})`];
    case "grant.changed":
      return [undefined, "another program changed the sign-in"];
    case "refused":
    case "grant.unsaved":
      return ["warn", plain(event.error.message.split("\n")[0] ?? "", 500)];
    case "grant.saved":
      return [undefined, "the renewed token is stored after all"];
    case "identity.changed":
      return ["warn", `the account ${plain(event.account, 60)} was ${plain(event.before, 100)} and is ${plain(event.now, 100)} now`];
    case "catalog.changed":
      return [undefined, "its tools changed"];
    case "warning":
      return ["warn", plain(event.message, 500)];
  }
}
