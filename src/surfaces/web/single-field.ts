import { make, newId } from "./element.ts";
import { icon } from "./icons.ts";
import type { Described, Shape } from "./schema.ts";

/** What a field holds; undefined: it was left out. */
export type Reading = { readonly ok: true; readonly value: unknown } | { readonly ok: false };

export interface Field {
  readonly element: HTMLElement;
  /** Shows, at the field, what is wrong with it. */
  read(): Reading;
  /** The control that a person would go to. */
  readonly control: HTMLElement;
  /** The control to go to when `read` found something wrong. */
  wrong(): HTMLElement | undefined;
}

export interface Labelled {
  readonly name: string;
  readonly required: boolean;
}

interface Control {
  readonly control: HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;
  /** Throws Error with what is wrong; undefined is nothing given. */
  readonly value: () => unknown;
  /** Said under the label. */
  readonly note?: string;
}

/** A field for one value, with its label, what is said of it, and room for what is wrong. */
export function singleField(described: Described, { name, required }: Labelled): Field {
  const { control, value, note } = controlFor(described, required);
  const id = newId();
  const problem = make("p", { class: "problem", id: `${id}-problem`, hidden: true });
  const notes = [described.description, [note, ...described.limits].filter((each) => each !== undefined).join(", ")].filter((each): each is string => each !== undefined && each !== "");
  const help = make("div", { class: "help", id: `${id}-help`, hidden: notes.length === 0 }, ...notes.map((each) => make("p", { dir: "auto" }, each)));
  control.id = id;
  control.setAttribute("aria-describedby", `${id}-help ${id}-problem`);
  const isCheckbox = control instanceof HTMLInputElement && control.type === "checkbox";
  if (required && !isCheckbox) control.setAttribute("aria-required", "true");
  const label = make("label", { for: id }, make("span", { dir: "auto" }, name), required && !isCheckbox ? make("span", { class: "needed", "aria-hidden": "true" }, " required") : undefined);
  let isWrong = false;
  const show = (said: string | undefined): Reading => {
    isWrong = said !== undefined;
    problem.hidden = !isWrong;
    problem.replaceChildren(...(said === undefined ? [] : [icon("bad"), said]));
    if (isWrong) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
    return { ok: false };
  };
  return {
    element: isCheckbox ? make("div", { class: "field check" }, make("div", { class: "line" }, control, label), help, problem) : make("div", { class: "field" }, label, help, control, problem),
    control,
    wrong: () => (isWrong ? control : undefined),
    read: () => {
      try {
        const given = value();
        if (given === undefined && required) return show("This is needed.");
        const limit = given === undefined ? undefined : described.check(given);
        if (limit !== undefined) return show(`This must be ${limit}.`);
        show(undefined);
        return { ok: true, value: given };
      } catch (error) {
        return show((error as Error).message);
      }
    },
  };
}

function controlFor(described: Described, required: boolean): Control {
  const { shape, initial } = described;
  switch (shape.kind) {
    case "string":
      return textControl(shape, initial);
    case "number":
      return numberControl(shape.whole, initial);
    case "boolean":
      return required ? checkbox(initial) : selectOf([true, false], ["yes", "no"], initial, false);
    case "choice":
      return selectOf(shape.values, shape.titles, initial, required);
    default:
      return jsonControl(initial);
  }
}

const inputTypes: Readonly<Record<string, string>> = { date: "date", email: "email", uri: "url", url: "url", password: "password" };

function textControl({ format, long }: Extract<Shape, { kind: "string" }>, initial: unknown): Control {
  const shared = { autocomplete: "off", spellcheck: "false", autocapitalize: "off", dir: "auto" };
  const control = long ? make("textarea", { rows: 1, ...shared }) : make("input", { type: inputTypes[format ?? ""] ?? "text", class: format === "date" ? "short" : undefined, ...shared });
  if (typeof initial === "string") control.value = initial;
  const note = format === undefined || format in inputTypes ? undefined : `format: ${format}`;
  return { control, value: () => (control.value === "" ? undefined : control.value), ...(note === undefined ? {} : { note }) };
}

function numberControl(whole: boolean, initial: unknown): Control {
  const control = make("input", { type: "text", inputmode: whole ? "numeric" : "decimal", autocomplete: "off", class: "short" });
  if (typeof initial === "number") control.value = String(initial);
  const value = (): number | undefined => {
    const text = control.value.trim();
    if (text === "") return undefined;
    const number = Number(text);
    if (!Number.isFinite(number)) throw new Error("This must be a number.");
    if (whole && !Number.isInteger(number)) throw new Error("This must be a whole number.");
    return number;
  };
  return { control, value, note: whole ? "a whole number" : "a number" };
}

function checkbox(initial: unknown): Control {
  const control = make("input", { type: "checkbox", checked: initial === true });
  return { control, value: () => control.checked };
}

function selectOf(values: readonly unknown[], titles: readonly string[], initial: unknown, required: boolean): Control {
  const chosen = values.findIndex((value) => JSON.stringify(value) === JSON.stringify(initial));
  const empty = make("option", { value: "" }, required ? "choose…" : "not set");
  const control = make("select", {}, empty, ...titles.map((title, index) => make("option", { value: index, selected: index === chosen || (required && values.length === 1) }, title)));
  return { control, value: () => (control.value === "" ? undefined : values[Number(control.value)]) };
}

function jsonControl(initial: unknown): Control {
  const control = make("textarea", { rows: 3, class: "code", spellcheck: "false", autocomplete: "off", autocapitalize: "off" });
  if (initial !== undefined) control.value = JSON.stringify(initial, null, 2);
  const value = (): unknown => {
    if (control.value.trim() === "") return undefined;
    try {
      return JSON.parse(control.value) as unknown;
    } catch (error) {
      throw new Error(`This is not JSON: ${(error as Error).message}`, { cause: error });
    }
  };
  return { control, value, note: "as JSON" };
}
