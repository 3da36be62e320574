import { button, make } from "./element.ts";
import { icon } from "./icons.ts";
import type { Described, Member } from "./schema.ts";
import { type Field, type Labelled, type Reading, singleField } from "./single-field.ts";

export function fieldFor(described: Described, labelled: Labelled): Field {
  const { shape } = described;
  if (shape.kind === "object") return objectField(shape.members, described, labelled);
  if (shape.kind === "list") return listField(shape.item, described, labelled);
  return singleField(described, labelled);
}

/** The members of an object, one under the other. One that may be left out is, when nothing was written into it. */
function objectField(members: readonly Member[], described: Described, labelled: Labelled): Field {
  const fields = members.map((member) => ({ member, field: fieldFor(member, { name: member.title ?? member.name, required: member.required }) }));
  const element = group(described, labelled, ...fields.map(({ field }) => field.element));
  return {
    element,
    control: fields[0]?.field.control ?? element,
    wrong: () => firstWrong(fields.map(({ field }) => field)),
    read: () => {
      if (!labelled.required && fields.every(({ field }) => isUntouched(field.element))) return { ok: true, value: undefined };
      const readings = fields.map(({ member, field }) => [member.name, field.read()] as const);
      return together(readings, () => Object.fromEntries(readings.flatMap(([name, reading]) => (reading.ok && reading.value !== undefined ? [[name, reading.value]] : []))));
    },
  };
}

/** As many as a person adds. */
function listField(item: Described, described: Described, labelled: Labelled): Field {
  const fields: Field[] = [];
  const list = make("ol", { class: "items" });
  const problem = make("p", { class: "problem", hidden: true });
  const add = button([icon("plus"), `Add to ${labelled.name}`], () => append().control.focus(), { class: "small" });
  const append = (initial: unknown = item.initial): Field => {
    const field = fieldFor({ ...item, initial }, { name: `${labelled.name}, item`, required: true });
    const line = make("li", {}, field.element, removeButton(`an item of ${labelled.name}`, () => {
      fields.splice(fields.indexOf(field), 1);
      line.remove();
      add.focus();
    }));
    fields.push(field);
    list.append(line);
    return field;
  };
  for (const initial of Array.isArray(described.initial) ? (described.initial as unknown[]) : []) append(initial);
  let isWrong = false;
  return {
    element: group(described, labelled, list, problem, add),
    control: add,
    wrong: () => firstWrong(fields) ?? (isWrong ? add : undefined),
    read: () => {
      const readings = fields.map((field) => ["", field.read()] as const);
      const reading = together(readings, () => (fields.length === 0 && !labelled.required ? undefined : readings.map(([, each]) => (each.ok ? each.value : undefined))));
      const said = reading.ok && reading.value !== undefined ? described.check(reading.value) : undefined;
      isWrong = said !== undefined;
      problem.hidden = !isWrong;
      problem.replaceChildren(...(said === undefined ? [] : [icon("bad"), `This must have ${said}.`]));
      return isWrong ? { ok: false } : reading;
    },
  };
}

function together(readings: readonly (readonly [string, Reading])[], value: () => unknown): Reading {
  return readings.every(([, reading]) => reading.ok) ? { ok: true, value: value() } : { ok: false };
}

function firstWrong(fields: readonly Field[]): HTMLElement | undefined {
  return fields.map((field) => field.wrong()).find((control) => control !== undefined);
}

function group({ description }: Described, { name, required }: Labelled, ...content: readonly HTMLElement[]): HTMLElement {
  const legend = make("legend", {}, make("span", { dir: "auto" }, name), required ? make("span", { class: "needed" }, " required") : undefined);
  return make("fieldset", { class: "field group" }, legend, description === undefined ? undefined : make("p", { class: "help", dir: "auto" }, description), ...content);
}

/** Nothing in it differs from how it was made. */
function isUntouched(element: HTMLElement): boolean {
  return [...element.querySelectorAll<HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement>("input, textarea, select")].every((control) => {
    if (control instanceof HTMLSelectElement) return control.value === "";
    return control instanceof HTMLInputElement && control.type === "checkbox" ? !control.checked : control.value === "";
  });
}

function removeButton(what: string, act: () => void): HTMLButtonElement {
  return button([icon("minus"), make("span", { class: "unseen" }, `Remove ${what}`)], act, { class: "bare", title: `Remove ${what}` });
}
