import { Box, Text } from "ink";
import { type ReactElement, useEffect, useState } from "react";
import { AddressBlock } from "./address-block.tsx";
import { countdown } from "./fact-words.ts";
import { layers } from "./key-hub.ts";
import { type Line, Lines, wrapLine } from "./lines.tsx";
import { plain } from "./plain.ts";
import { QrCode } from "./qr-code.tsx";
import { useKeys, useParts, useScreen, useTone } from "./screen-context.ts";
import type { BareNotice } from "./screen-types.ts";
import { TextField } from "./text-field.tsx";
import { Titled } from "./titled.tsx";
import type { ServerViewProps } from "./view-props.ts";

/** A sign-in while it waits; when it is over, its server shows how it ended. */
export function SignInView(props: ServerViewProps): ReactElement {
  const { server, navigation, width } = props;
  const { signIns, outcomes } = useScreen();
  const waiting = signIns.get(server.name);
  useKeys(layers.dialog, ({ name }) => {
    if (name === "escape") navigation.back();
    else if (name === "ctrl-x" && waiting !== undefined) waiting.cancel();
    else if (waiting === undefined) navigation.back();
    return name !== "ctrl-c";
  });
  const title = `Sign in to ${plain(server.name, 60)}`;
  if (waiting === undefined) {
    const outcome = outcomes.get(server.name);
    return <Titled title={title} aside="any key"><Lines width={width} lines={(outcome?.lines ?? ["It is over."]).flatMap((text) => wrapLine({ text, tone: outcome?.tone }, width))} /></Titled>;
  }
  return <Titled title={title} aside="esc leaves it waiting · ctrl-x cancels it">{waiting.notice === undefined ? <Text dimColor>Finding out how to sign in…</Text> : <Waiting {...props} notice={waiting.notice} />}</Titled>;
}

function Waiting({ server, width, height, notice }: ServerViewProps & { readonly notice: BareNotice }): ReactElement {
  const { actions } = useParts();
  const { signIns } = useScreen();
  const tone = useTone();
  const [pasted, setPasted] = useState("");
  const [drawn, setDrawn] = useState(false);
  const waiting = signIns.get(server.name);
  const remains = useCountdown(notice.expiresAt);
  const url = new URL(notice.url).href;
  useKeys(layers.field, ({ name }) => {
    if (name === "ctrl-y") return actions.copy(url), true;
    if (name === "ctrl-q") return setDrawn(!drawn), true;
    return false;
  });
  if (drawn) return <QrCode text={url} width={width} height={height - 1} leave="ctrl-q shows the words again" />;
  const send = (): void => {
    if (pasted.trim() === "") return;
    waiting?.paste(pasted.trim());
    setPasted("");
  };
  const room = height - 1;
  const urlRows = Math.ceil(url.length / width);
  const isDevice = notice.device !== undefined;
  // What has to be there first, then as much of the rest as has room: what was said, the words, the consent.
  const needed = isDevice ? Math.min(urlRows, 3) + 3 : urlRows + 2;
  const said = (waiting?.said?.lines ?? []).flatMap((text) => wrapLine({ text, tone: waiting?.said?.tone }, width)).slice(0, Math.max(1, room - needed));
  const left = Math.max(0, room - needed - said.length);
  const asks = !isDevice && left > 0;
  const consent = roomiest(waiting?.consent ?? [], width, left - 2 - (isDevice ? urlRows + 3 : 0));
  const used = said.length + consent.length + (asks ? 1 : 0) + (isDevice ? 1 : 2);
  return (
    <Box flexDirection="column">
      <Lines width={width} lines={consent} />
      <AddressBlock notice={notice} rows={room - used} />
      <Text wrap="truncate-end">Waiting for {isDevice ? "the other device" : notice.ledBy === undefined ? "the browser" : "that process"}… <Text bold>{countdown(remains)}</Text>  <Text bold>ctrl-y</Text> <Text {...tone("quiet")}>copy the address</Text>  <Text bold>ctrl-q</Text> <Text {...tone("quiet")}>QR code</Text></Text>
      {asks ? <Text wrap="truncate-end">or paste the address the browser was sent to, and enter:</Text> : null}
      {isDevice ? null : <TextField layer={layers.field} width={width - 1} value={pasted} onChange={setPasted} onEnter={send} hint="https://…" />}
      <Lines width={width} lines={said} />
    </Box>
  );
}

/** Who asks whom for what, as much of it as leaves room for the whole address: all; issuer, scopes and warnings; the issuer. */
function roomiest(all: readonly string[], width: number, room: number): readonly Line[] {
  const short = all.filter((line) => /^ +(signs in at|scopes|warning)/.test(line));
  const wrapped = [all, short, short.slice(0, 1)].map((lines) => lines.flatMap((text) => wrapLine({ text }, width, 15)));
  return wrapped.find((lines) => lines.length <= room) ?? [];
}

function useCountdown(until: number): number {
  const { now } = useParts();
  const [at, setAt] = useState(now);
  useEffect(() => {
    const timer = setInterval(() => setAt(now()), 1000);
    return () => clearInterval(timer);
  }, [now]);
  return until - at;
}
