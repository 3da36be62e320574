import { segment } from "./address.ts";

/** Which view the part of the address after `#` names. */
export type Route =
  | { readonly view: "home" }
  | { readonly view: "add" }
  | { readonly view: "server"; readonly server: string; readonly part: "overview" | "tools" | "doctor" }
  | { readonly view: "tool"; readonly server: string; readonly tool: string };

export function hrefOf(route: Route): string {
  switch (route.view) {
    case "home":
      return "#/";
    case "add":
      return "#/add";
    case "server":
      return `#/servers/${name(route.server)}${route.part === "overview" ? "" : `/${route.part}`}`;
    case "tool":
      return `#/servers/${name(route.server)}/tools/${name(route.tool)}`;
  }
}

/** undefined: the hash names no view, as that of a link inside the page does. */
export function readRoute(hash: string): Route | undefined {
  if (hash === "" || hash === "#") return { view: "home" };
  if (!hash.startsWith("#/")) return undefined;
  const [first, server, part, tool] = hash.slice(2).split("/").map(decode);
  if (first === "add") return { view: "add" };
  if (first !== "servers" || server === undefined) return { view: "home" };
  if (part === "tools" && tool !== undefined) return { view: "tool", server, tool };
  return { view: "server", server, part: part === "tools" || part === "doctor" ? part : "overview" };
}

export function sameRoute(left: Route, right: Route): boolean {
  return hrefOf(left) === hrefOf(right);
}

/** Nothing takes `.` for a way up behind a `#`. */
function name(text: string): string {
  return text === "." || text === ".." || text === "" ? text : segment(text);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
