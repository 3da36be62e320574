import { webAddress } from "./address.ts";
import { asApiError } from "./api.ts";
import { make, replaceContent } from "./element.ts";
import type { Page, View } from "./page.ts";
import { toldBox } from "./parts.ts";
import { backLink } from "./server-view.ts";
import { type Field, singleField } from "./single-field.ts";

/** A server by its address, for as long as this `mcpass serve` runs. */
export function addView(page: Page): View {
  const heading = make("h1", { tabindex: -1 }, "Add a server");
  const address = textField("Address", "url", "Where the server speaks MCP, such as https://mcp.example.com/mcp.", (value) => (webAddress(String(value)) === undefined ? "a whole address that begins with https:// or http://" : undefined));
  const name = textField("Name", undefined, "How you want to call it.", (value) => (page.store.servers.has(String(value)) ? "a name that no other server has" : undefined));
  const outcome = make("div", {});
  const add = make("button", { type: "submit", class: "primary" }, "Add");
  // Until a person writes their own.
  address.control.addEventListener("input", () => {
    const input = name.control as HTMLInputElement;
    if (input.value === "" || input.dataset["proposed"] === input.value) input.value = input.dataset["proposed"] = nameFor((address.control as HTMLInputElement).value);
  });
  const submit = async (): Promise<void> => {
    const [url, called] = [address.read(), name.read()];
    if (!url.ok || !called.ok) return (address.wrong() ?? name.wrong())?.focus();
    if (add.getAttribute("aria-disabled") === "true") return;
    add.setAttribute("aria-disabled", "true");
    try {
      await page.api.add(String(called.value), String(url.value));
      await page.store.refresh();
      page.say(`${String(called.value)} is added.`);
      page.go({ view: "server", server: String(called.value), part: "overview" });
    } catch (thrown) {
      const { message, hint } = asApiError(thrown);
      replaceContent(outcome, [toldBox("bad", message, hint)]);
      page.say(message);
    }
    add.removeAttribute("aria-disabled");
  };
  const form = make("form", { class: "panel", novalidate: true, "aria-label": "Add a server", on: { submit: (event) => { event.preventDefault(); void submit(); } } }, address.element, name.element, outcome, make("div", { class: "actions" }, add));
  const note = make("p", { class: "quiet" }, "It is there for as long as this mcpass serve runs. To keep it, write it into your configuration: ", make("code", {}, "mcpass add NAME ADDRESS"), ".");
  return { title: "Add a server", heading, element: make("div", { class: "view" }, backLink(), heading, form, note), update: () => undefined };
}

function textField(name: string, format: string | undefined, description: string, check: (value: unknown) => string | undefined): Field {
  return singleField({ shape: { kind: "string", format, long: false }, title: undefined, description, initial: undefined, limits: [], check }, { name, required: true });
}

/** `linear` of `https://mcp.linear.app/mcp`. */
function nameFor(address: string): string {
  const labels = webAddress(address)?.hostname.split(".") ?? [];
  if (labels.length < 2 || labels.every((label) => /^\d+$/.test(label))) return "";
  return labels.slice(0, -1).filter((label) => !["www", "mcp", "api"].includes(label)).at(-1) ?? "";
}
