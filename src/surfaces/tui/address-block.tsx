import { Box, Text, Transform } from "ink";
import type { ReactElement } from "react";
import { pieces, plain } from "./plain.ts";
import { useSize } from "./screen-context.ts";
import type { BareNotice } from "./screen-types.ts";

export interface AddressBlockProps {
  readonly notice: BareNotice;
  /** What there is room for; the address comes first. */
  readonly rows: number;
}

/** Where to go: the whole address, on rows of its own from edge to edge, so that selecting it gives all of it; and a code large enough to read across a desk. */
export function AddressBlock({ notice, rows }: AddressBlockProps): ReactElement {
  const { columns } = useSize();
  const { device, ledBy } = notice;
  const url = new URL(notice.url).href;
  const needed = Math.ceil(url.length / columns);
  if (device === undefined) {
    return (
      <Box flexDirection="column" flexShrink={0}>
        {rows > needed ? <Text wrap="truncate-end">{ledBy === undefined ? "If no browser opens this address, open it yourself:" : `Another mcpass (process ${String(ledBy)}) is at it; its address:`}</Text> : null}
        <Address url={url} rows={rows} />
      </Box>
    );
  }
  const page = new URL(device.verificationUri).href;
  const left = rows - Math.ceil(page.length / columns) - 2;
  const hasAir = left >= 2;
  const other = url === page || left - 2 < needed + 1 ? undefined : url;
  return (
    <Box flexDirection="column" flexShrink={0}>
      <Text wrap="truncate-end">On any device, open this address and type in the code:</Text>
      <Address url={page} rows={Math.max(1, rows - 2)} />
      {hasAir ? <Text> </Text> : null}
      <Text bold wrap="truncate-end">{`    ${[...plain(device.userCode, 60)].join(" ")}    (${plain(device.userCode, 60)})`}</Text>
      {hasAir ? <Text> </Text> : null}
      {other === undefined ? null : <><Text wrap="truncate-end">or this one, which has the code in it; compare it there:</Text><Address url={other} rows={needed} /></>}
    </Box>
  );
}

function Address({ url, rows }: { readonly url: string; readonly rows: number }): ReactElement {
  const { columns } = useSize();
  const all = pieces(url, columns);
  const shown = all.length <= rows ? all : all.slice(0, Math.max(1, rows - 1));
  return (
    <Box flexDirection="column" flexShrink={0}>
      {shown.map((piece, index) => <Transform key={index} transform={(text) => `\u001b]8;;${url}\u0007${text}\u001b]8;;\u0007`}><Text underline>{piece}</Text></Transform>)}
      {shown.length === all.length ? null : <Text bold wrap="truncate-end">…no room for the rest: ctrl-y copies all of it</Text>}
    </Box>
  );
}
