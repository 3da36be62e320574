import type { Api } from "./api.ts";
import type { Route } from "./route.ts";
import type { Store } from "./store.ts";

/** What every view is given. */
export interface Page {
  readonly api: Api;
  readonly store: Store;
  /** Read out, shown nowhere. */
  readonly say: (words: string) => void;
  readonly go: (route: Route) => void;
}

/** What the main part of the page shows. */
export interface View {
  readonly title: string;
  readonly element: HTMLElement;
  /** Gets the focus when a person came here. */
  readonly heading: HTMLElement;
  /** After each change of what the page knows; changes only what differs, so that nobody loses their place. */
  update(): void;
  close?(): void;
}
