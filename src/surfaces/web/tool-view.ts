import { asApiError } from "./api.ts";
import type { Tool, ToolResult } from "./api-types.ts";
import { make } from "./element.ts";
import { icon } from "./icons.ts";
import type { Page, View } from "./page.ts";
import { noticeBox, spinner, toldBox } from "./parts.ts";
import { showResult } from "./result.ts";
import { hrefOf, type Route } from "./route.ts";
import { toolForm } from "./tool-form.ts";
import { milliseconds } from "./words.ts";

/** One tool: what it says of itself, a form for its arguments, and what it answers. */
export function toolView(page: Page, { server, tool: name }: Extract<Route, { view: "tool" }>): View {
  const heading = make("h1", { tabindex: -1, dir: "auto" }, name);
  const content = make("div", { class: "part" }, spinner("Asking for the tool…"));
  const ending = new AbortController();
  let status: string | undefined;
  const load = async (): Promise<void> => {
    try {
      const tools = await page.api.tools(server);
      const tool = tools.find((each) => each.name === name);
      content.replaceChildren(...(tool === undefined ? [noticeBox("bad", make("p", { dir: "auto" }, `${server} has no tool of this name (any more).`))] : toolContent(page, server, tool, ending.signal)));
    } catch (thrown) {
      content.replaceChildren(problem(thrown));
    }
  };
  return {
    title: `${name}, ${server}`,
    heading,
    element: make("div", { class: "view" }, make("a", { class: "back", href: hrefOf({ view: "server", server, part: "tools" }) }, icon("back"), make("span", { dir: "auto" }, `Tools of ${server}`)), heading, content),
    update: () => {
      const now = page.store.servers.get(server)?.status;
      // What a person has written into the form stays, whatever becomes of the connection.
      if (now === status || content.querySelector("form") !== null) return;
      status = now;
      void load();
    },
    close: () => ending.abort(),
  };
}

function toolContent(page: Page, server: string, tool: Tool, closing: AbortSignal): readonly HTMLElement[] {
  const result = make("section", { class: "result", "aria-labelledby": "result-heading", hidden: true });
  const show = (...content: readonly HTMLElement[]): void => {
    result.hidden = false;
    result.replaceChildren(make("h2", { id: "result-heading" }, "Result"), ...content);
  };
  const call = async (args: Readonly<Record<string, unknown>>, cancel: AbortSignal): Promise<void> => {
    show(spinner("Calling…"));
    const startedAt = performance.now();
    try {
      const answer = await page.api.callTool(server, tool.name, args, AbortSignal.any([cancel, closing]));
      show(...answered(answer, tool.name, performance.now() - startedAt));
      page.say(answer.isError === true ? `${tool.name} answered with an error.` : `${tool.name} has answered.`);
    } catch (thrown) {
      show(problem(thrown));
      page.say(asApiError(thrown).message);
    }
  };
  return [make("div", { class: "tool-head" }, tool.title === undefined ? undefined : make("p", { class: "title", dir: "auto" }, tool.title), ...tags(tool)), ...(tool.description === undefined ? [] : [make("p", { class: "description", dir: "auto" }, tool.description)]), toolForm(tool.inputSchema, call), result].filter((each) => each !== undefined);
}

/** What the server says of its tool; nothing is promised by it. */
function tags({ annotations = {} }: Tool): readonly HTMLElement[] {
  const { readOnlyHint, destructiveHint, idempotentHint } = annotations;
  const said = [readOnlyHint === true ? "only reads" : undefined, destructiveHint === true && readOnlyHint !== true ? "may destroy" : undefined, idempotentHint === true ? "may be repeated" : undefined];
  return said.flatMap((words) => (words === undefined ? [] : [make("span", { class: `tag ${words === "may destroy" ? "bad" : ""}` }, words)]));
}

function answered(result: ToolResult, tool: string, elapsedMs: number): readonly HTMLElement[] {
  const note = make("p", { class: "quiet" }, `after ${milliseconds(elapsedMs)}`);
  const shown = showResult(result, tool);
  return result.isError === true ? [noticeBox("bad", make("p", { class: "said" }, "The tool says that it failed."), ...shown), note] : [...shown, note];
}

function problem(thrown: unknown): HTMLElement {
  const { message, hint, code } = asApiError(thrown);
  if (code === "cancelled") return make("p", { class: "quiet" }, "Cancelled.");
  return toldBox("bad", message, hint);
}
