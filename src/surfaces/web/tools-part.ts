import { asApiError } from "./api.ts";
import type { Tool } from "./api-types.ts";
import { make } from "./element.ts";
import { icon } from "./icons.ts";
import type { Page } from "./page.ts";
import { spinner, toldBox } from "./parts.ts";
import { hrefOf } from "./route.ts";
import { count } from "./words.ts";

export interface Part {
  readonly element: HTMLElement;
  readonly update: () => void;
  readonly close?: () => void;
}

/** The tools of a server that is connected; asked for again when it becomes so, or says that they changed. */
export function toolsPart(page: Page, server: string): Part {
  const content = make("div", {});
  const element = make("section", { "aria-labelledby": "tools-heading" }, make("h2", { id: "tools-heading", class: "unseen" }, "Tools"), content);
  let asked: string | undefined;
  const load = async (): Promise<void> => {
    content.replaceChildren(spinner("Asking for the tools…"));
    try {
      const tools = await page.api.tools(server);
      content.replaceChildren(make("p", { class: "quiet" }, tools.length === 0 ? "This server has no tools." : count(tools.length, "tool")), make("ul", { class: "tools" }, ...tools.map((tool) => toolEntry(server, tool))));
      page.say(`${server}: ${count(tools.length, "tool")}`);
    } catch (thrown) {
      const { message, hint } = asApiError(thrown);
      content.replaceChildren(toldBox("bad", message, hint));
    }
  };
  const update = (): void => {
    const status = page.store.servers.get(server)?.status;
    const changed = page.store.happenings.find((each) => each.server === server && each.type === "mcp.tools.changed")?.at;
    const now = `${String(status)} ${String(changed)}`;
    if (now === asked || status === undefined) return;
    asked = now;
    if (status === "connected") void load();
    else content.replaceChildren(make("p", { class: "quiet" }, "The tools can be seen when the server is connected."));
  };
  return { element, update };
}

function toolEntry(server: string, tool: Tool): HTMLElement {
  const title = tool.title ?? tool.annotations?.title;
  return make(
    "li",
    {},
    make(
      "a",
      { href: hrefOf({ view: "tool", server, tool: tool.name }) },
      make("span", { class: "who" }, make("span", { class: "name", dir: "auto" }, title ?? tool.name), title === undefined ? undefined : make("code", {}, tool.name), tool.description === undefined ? undefined : make("span", { class: "about", dir: "auto" }, tool.description)),
      icon("next"),
    ),
  );
}
