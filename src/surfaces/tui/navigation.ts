import type { OfferName } from "./catalog.ts";

/** What is shown; the last one is on top. */
export type View =
  | { readonly kind: "home" }
  | { readonly kind: "details"; readonly server: string }
  | { readonly kind: "sign-in"; readonly server: string }
  | { readonly kind: "sign-out"; readonly server: string; readonly account?: string }
  | { readonly kind: "accounts"; readonly server: string }
  | { readonly kind: "tools"; readonly server: string }
  | { readonly kind: "call"; readonly server: string; readonly offer: OfferName }
  | { readonly kind: "doctor"; readonly server: string }
  | { readonly kind: "log" }
  | { readonly kind: "status" }
  | { readonly kind: "help" }
  | { readonly kind: "palette" };

export interface Navigation {
  readonly view: View;
  open(view: View): void;
  /** Instead of what is on top. */
  replace(view: View): void;
  back(): void;
  /** Which server the list shows as chosen. */
  choose(server: string): void;
}

/** Opening what is open already brings it to the top; nothing is there twice. */
export function opened(stack: readonly View[], view: View): readonly View[] {
  const same = (one: View): boolean => one.kind === view.kind;
  return [...stack.filter((one) => !same(one) || one.kind === "home"), view];
}
