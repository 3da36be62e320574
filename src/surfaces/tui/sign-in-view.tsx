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
  const left = useCountdown(notice.expiresAt);
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
  const said = (waiting?.said?.lines ?? []).flatMap((text) => wrapLine({ text, tone: waiting?.said?.tone }, width));
  const fixed = 5 + said.length + (notice.device === undefined ? 0 : 6);
  const consent = roomiest(waiting?.consent ?? [], width, height - fixed - Math.ceil(url.length / width));
  return (
    <Box flexDirection="column">
      <Lines width={width} lines={consent} />
      <AddressBlock notice={notice} rows={Math.max(3, height - fixed - consent.length)} />
      <Text wrap="truncate-end">Waiting for {notice.device !== undefined ? "the other device" : notice.ledBy === undefined ? "the browser" : "that process"}… <Text bold>{countdown(left)}</Text>  <Text bold>ctrl-y</Text> <Text {...tone("quiet")}>copy the address</Text>  <Text bold>ctrl-q</Text> <Text {...tone("quiet")}>QR code</Text></Text>
      {notice.device === undefined ? <><Text wrap="truncate-end">or paste the address the browser was sent to (or its code), and press enter:</Text><TextField layer={layers.field} width={width - 1} value={pasted} onChange={setPasted} onEnter={send} hint="https://…" /></> : null}
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
