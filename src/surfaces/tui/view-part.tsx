import { Text } from "ink";
import { type ReactElement, useEffect } from "react";
import { AccountsView } from "./accounts-view.tsx";
import { CallView } from "./call-view.tsx";
import type { Doing } from "./commands.ts";
import { DoctorView } from "./doctor-view.tsx";
import { HelpView } from "./help-view.tsx";
import { WholeDetails } from "./home.tsx";
import { layers } from "./key-hub.ts";
import { LogView } from "./log-view.tsx";
import type { Navigation } from "./navigation.ts";
import { PaletteView } from "./palette-view.tsx";
import { SignInView } from "./sign-in-view.tsx";
import { SignOutView } from "./sign-out-view.tsx";
import { StatusView } from "./status-view.tsx";
import { ToolsView } from "./tools-view.tsx";
import type { ViewProps } from "./view-props.ts";

/** What is on top of the list. */
export function ViewPart({ doing, ...props }: ViewProps & { readonly doing: Doing }): ReactElement {
  switch (props.navigation.view.kind) {
    case "status":
      return <StatusView {...props} />;
    case "help":
      return <HelpView {...props} />;
    case "log":
      return <LogView {...props} />;
    case "palette":
      return <PaletteView {...props} doing={doing} />;
    default:
      return <ServerPart {...props} doing={doing} />;
  }
}

function ServerPart({ doing: { server }, ...props }: ViewProps & { readonly doing: Doing }): ReactElement {
  const { navigation } = props;
  if (server === undefined) return <Gone navigation={navigation} />;
  switch (navigation.view.kind) {
    case "sign-in":
      return <SignInView {...props} server={server} />;
    case "sign-out":
      return <SignOutView {...props} server={server} account={navigation.view.account ?? server.account} />;
    case "accounts":
      return <AccountsView {...props} server={server} />;
    case "tools":
      return <ToolsView {...props} server={server} />;
    case "call":
      return <CallView key={`${navigation.view.offer.kind} ${navigation.view.offer.name}`} {...props} server={server} offer={navigation.view.offer} />;
    case "doctor":
      return <DoctorView {...props} server={server} />;
    default:
      return <WholeDetails {...props} server={server} layer={layers.pane} />;
  }
}

/** A server that was removed while it was looked at. */
function Gone({ navigation }: { readonly navigation: Navigation }): ReactElement {
  useEffect(() => navigation.back());
  return <Text>It is gone.</Text>;
}
