import { Box, Text } from "ink";
import type { ReactElement } from "react";
import { layers } from "./key-hub.ts";
import { Lines, wrapLine } from "./lines.tsx";
import { plain } from "./plain.ts";
import { useKeys, useParts } from "./screen-context.ts";
import { Titled } from "./titled.tsx";
import type { ServerViewProps } from "./view-props.ts";

/** Asks once. */
export function SignOutView({ server, account, navigation, width }: ServerViewProps & { readonly account: string | undefined }): ReactElement {
  const { actions } = useParts();
  useKeys(layers.dialog, ({ name }) => {
    if (name === "y") void actions.signOut(server.name, account === server.account ? undefined : account);
    if (name === "y" || name === "n" || name === "escape" || name === "enter" || name === "q") navigation.back();
    return name !== "ctrl-c";
  });
  const who = `${plain(server.name, 60)}${account === undefined ? "" : ` (account ${plain(account, 60)})`}`;
  return (
    <Titled title={`Sign out of ${who}?`}>
      <Lines width={width} lines={wrapLine({ text: "Its tokens are revoked where they came from and forgotten here, and the live connection ends. Other programs on this machine are signed out with it." }, width)} />
      <Box marginTop={1}><Text><Text bold>y</Text> sign out   <Text bold>n</Text> stay signed in</Text></Box>
    </Titled>
  );
}
