export type Child = Node | string | undefined;

interface Attributes {
  readonly [name: string]: string | number | boolean | undefined | Listeners;
}

type Listeners = Readonly<Record<string, (event: Event) => void>>;

/**
 * An element, made without ever reading markup: words become text, whoever wrote them. `on` takes listeners by event; a boolean attribute is there or
 * is not. Addresses of others do not go through here, see `outsideLink`.
 */
export function make<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, attributes: Attributes = {}, ...children: readonly Child[]): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "object") {
      for (const [type, listener] of Object.entries(value)) element.addEventListener(type, listener);
    } else if (value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/**
 * New content for an element. Whoever had the focus inside keeps it: on what has the same `data-key` now, else on `fallback`, so that a keyboard
 * is never thrown back to the top of the page by an answer that arrives.
 */
export function replaceContent(element: Element, children: readonly Child[], fallback?: HTMLElement): void {
  const focused = document.activeElement;
  const inside = focused !== element && element.contains(focused);
  const key = inside ? focused?.getAttribute("data-key") : undefined;
  element.replaceChildren(...children.filter((child) => child !== undefined));
  if (!inside) return;
  const same = [...element.querySelectorAll<HTMLElement>("[data-key]")].find((each) => each.getAttribute("data-key") === key && !each.hasAttribute("disabled"));
  (same ?? fallback)?.focus();
}

let lastId = 0;

/** Unique on this page. */
export function newId(): string {
  lastId += 1;
  return `id-${String(lastId)}`;
}

/** Words that come from outside, whole in the page and never wider than it. */
export function quoted(text: string, tag: "code" | "span" = "code"): HTMLElement {
  return make(tag, { class: "quoted", dir: "auto" }, text);
}

export function button(words: Child | readonly Child[], act: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const children = Array.isArray(words) ? (words as readonly Child[]) : [words as Child];
  return make("button", { type: "button", ...attributes, on: { click: act } }, ...children);
}
