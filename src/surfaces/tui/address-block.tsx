import { Box, Text, Transform } from "ink";
import type { ReactElement } from "react";
import { pieces, plain } from "./plain.ts";
import { useSize } from "./screen-context.ts";
import type { BareNotice } from "./screen-types.ts";

/** Where to go: the whole address, on rows of its own from edge to edge, so that selecting it gives all of it; and a code large enough to read across a desk. */
export function AddressBlock({ notice, rows }: { readonly notice: BareNotice; readonly rows: number }): ReactElement {
  const { device, ledBy } = notice;
  const url = new URL(notice.url).href;
  if (device === undefined) {
    return (
      <Box flexDirection="column" flexShrink={0}>
        <Text wrap="truncate-end">{ledBy === undefined ? "The browser was asked to open this address; if it does not appear, open it yourself:" : `Another mcpass (process ${String(ledBy)}) is at it; the address is the same:`}</Text>
        <Address url={url} rows={rows} />
      </Box>
    );
  }
  const page = new URL(device.verificationUri).href;
  return (
    <Box flexDirection="column" flexShrink={0}>
      <Text>On any device, open this address and type in the code:</Text>
      <Address url={page} rows={rows} />
      <Text> </Text>
      <Text bold>{`    ${[...plain(device.userCode, 60)].join(" ")}    (${plain(device.userCode, 60)})`}</Text>
      <Text> </Text>
      {url === page ? null : <><Text>or this one, which has the code in it; compare it there with the one above:</Text><Address url={url} rows={rows} /></>}
    </Box>
  );
}

function Address({ url, rows }: { readonly url: string; readonly rows: number }): ReactElement {
  const { columns } = useSize();
  const all = pieces(url, columns);
  const shown = all.slice(0, rows);
  return (
    <Box flexDirection="column" flexShrink={0}>
      {shown.map((piece, index) => <Transform key={index} transform={(text) => `\u001b]8;;${url}\u0007${text}\u001b]8;;\u0007`}><Text underline>{piece}</Text></Transform>)}
      {shown.length === all.length ? null : <Text bold>…there is no room for the rest of it: ctrl-y copies all of it, or make the window larger</Text>}
    </Box>
  );
}
