import { finishSignIn } from "./actions.ts";
import { outsideLink } from "./address.ts";
import { button, make, newId } from "./element.ts";
import type { Page } from "./page.ts";
import { copyable } from "./parts.ts";

/** A sign-in that waits for a person: where it goes on, and what to do when the browser could not come back by itself. */
export function signInPanel(page: Page, server: string, address: string): HTMLElement {
  const id = newId();
  const pasted = make("input", { id, type: "url", autocomplete: "off", spellcheck: "false", placeholder: "http://127.0.0.1:19876/mcp/oauth/callback?code=…" });
  const finish = (event: Event): void => {
    event.preventDefault();
    if (pasted.value.trim() === "") pasted.focus();
    else void finishSignIn(page, server, pasted.value.trim());
  };
  return make(
    "section",
    { class: "panel waiting", "aria-label": "Sign-in under way" },
    make("h2", {}, "Waiting for your sign-in"),
    make("p", {}, "It goes on at ", make("strong", {}, new URL(address).host), ", in a tab of its own. This page notices when it is done."),
    make("div", { class: "actions" }, outsideLink(address, "Open the sign-in page", "button primary"), button("Hide", () => page.store.setSignIn(server, undefined), { "data-key": "hide" })),
    make("details", {},
      make("summary", {}, "Sign in with a browser on another machine"),
      make("p", {}, "Open this address there. At the end that browser shows an error, because mcpass runs here: copy the address it then has, and paste it below."),
      copyable(address, "the address", page.say),
      make("form", { class: "line", on: { submit: finish } }, make("div", { class: "field" }, make("label", { for: id }, "The address it came to"), pasted), make("button", { type: "submit" }, "Finish")),
    ),
  );
}
