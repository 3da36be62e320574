import { button, make } from "./element.ts";
import { fieldFor } from "./fields.ts";
import { icon } from "./icons.ts";
import { code } from "./result.ts";
import { isObject } from "../../base/form-schema.ts";
import { readToolSchema, type Described } from "./schema.ts";
import { type Field, singleField } from "./single-field.ts";

type Call = (args: Readonly<Record<string, unknown>>, cancel: AbortSignal) => Promise<void>;

/** The arguments of a tool, field by field or, for what no form can be made of and whoever likes it better, as JSON. */
export function toolForm(schema: unknown, call: Call): HTMLElement {
  const described = readToolSchema(schema);
  const hasForm = described.shape.kind === "object";
  const fields = hasForm ? fieldFor(described, { name: "Arguments", required: true }) : undefined;
  let json = fields === undefined ? jsonField(described, {}) : undefined;
  const place = make("div", { class: "fields" }, ...shownOf(fields ?? json));
  const toggle = button("Write it as JSON", () => change(), { class: "bare-text", "aria-pressed": "false" });
  const change = (): void => {
    const reading = fields?.read();
    json = json === undefined ? jsonField(described, reading?.ok === true ? reading.value : {}) : undefined;
    toggle.setAttribute("aria-pressed", String(json !== undefined));
    place.replaceChildren(...shownOf(json ?? fields));
    (json ?? fields)?.control.focus();
  };
  const caller = callButtons(async (cancel) => {
    const field = json ?? fields;
    const reading = field?.read();
    if (reading?.ok !== true) return field?.wrong()?.focus();
    const args = reading.value ?? {};
    await call(isObject(args) ? args : {}, cancel);
  });
  const submit = (event: Event): void => {
    event.preventDefault();
    caller.run();
  };
  // Enter makes a new line in a text of several.
  const keydown = (event: Event): void => {
    const { key, ctrlKey, metaKey } = event as KeyboardEvent;
    if (key === "Enter" && (ctrlKey || metaKey)) submit(event);
  };
  const wanted = make("details", {}, make("summary", {}, "Schema, as the server gave it"), code(JSON.stringify(schema, null, 2) ?? "none"));
  const isEmpty = described.shape.kind === "object" && described.shape.members.length === 0;
  return make("form", { class: "panel tool-form", novalidate: true, "aria-label": "Arguments", on: { submit, keydown } }, isEmpty ? make("p", { class: "quiet" }, "This tool takes no arguments.") : place, make("div", { class: "actions" }, ...caller.buttons, hasForm && !isEmpty ? toggle : undefined), wanted);
}

function jsonField(described: Described, initial: unknown): Field {
  const check = (value: unknown): string | undefined => (isObject(value) ? undefined : "an object, in braces");
  return singleField({ ...described, shape: { kind: "json" }, initial, limits: [], check, description: undefined }, { name: "Arguments", required: true });
}

/** A form's own fieldset says nothing that the page has not said. */
function shownOf(field: Field | undefined): readonly Node[] {
  return field === undefined ? [] : [field.element];
}

function callButtons(work: (cancel: AbortSignal) => Promise<void>): { readonly buttons: readonly HTMLElement[]; run(): void } {
  let running: AbortController | undefined;
  const call = make("button", { type: "submit", class: "primary" }, "Call");
  const cancel = button([icon("bad"), "Cancel"], () => running?.abort(), { hidden: true });
  const run = async (): Promise<void> => {
    if (running !== undefined) return;
    running = new AbortController();
    // Not `disabled`: that would take the focus away.
    call.setAttribute("aria-disabled", "true");
    cancel.hidden = false;
    try {
      await work(running.signal);
    } finally {
      running = undefined;
      call.removeAttribute("aria-disabled");
      if (document.activeElement === cancel) call.focus();
      cancel.hidden = true;
    }
  };
  return { buttons: [call, cancel], run: () => void run() };
}
