import { plain } from "./plain.ts";
import type { Catalog } from "./store.ts";

export interface OfferName {
  readonly kind: "tool" | "prompt" | "resource";
  /** As the server calls it; a resource by its URI. */
  readonly name: string;
}

/** A tool, a prompt or a resource, as it is listed. */
export interface Offer extends OfferName {
  /** Its own among all that are listed. */
  readonly id: string;
  readonly label: string;
  readonly description: string;
  /** In small letters. */
  readonly searched: string;
}

/** Everything that a server offers, tools first. */
export function offersOf({ tools, prompts, resources }: Catalog): readonly Offer[] {
  return [
    ...tools.map((tool, index) => offer("tool", tool.name, index, tool.name, [tool.title, tool.description])),
    ...prompts.map((prompt, index) => offer("prompt", prompt.name, index, `prompt ${prompt.name}`, [prompt.title, prompt.description])),
    ...resources.map((resource, index) => offer("resource", resource.uri, index, `resource ${resource.name}`, [resource.uri, resource.description])),
  ];
}

function offer(kind: Offer["kind"], name: string, index: number, label: string, words: readonly (string | undefined)[]): Offer {
  const description = words.filter((each): each is string => typeof each === "string" && each !== "").map((each) => plain(each, 400)).join(" — ");
  const shown = plain(label, 120);
  return { kind, name, id: `${kind}-${String(index)}`, label: description === "" ? shown : `${shown}  ${description}`, description, searched: `${shown} ${description}`.toLowerCase() };
}
