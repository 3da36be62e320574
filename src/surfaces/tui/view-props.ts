import type { Navigation } from "./navigation.ts";
import type { Snapshot } from "./screen-types.ts";

/** What every view that is not the list is given. */
export interface ViewProps {
  readonly navigation: Navigation;
  readonly width: number;
  readonly height: number;
}

export interface ServerViewProps extends ViewProps {
  readonly server: Snapshot;
}
