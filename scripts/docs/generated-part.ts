/** The start of what is made; everything up to the closing mark of the same name is replaced. */
const opening = (name: string, by: string): string => `<!-- made by npm run ${by}: ${name} -->`;
const closing = (name: string): string => `<!-- end of ${name} -->`;

/** A page with one made part in it replaced. Throws when the page does not have it. */
export function withPart(page: string, name: string, content: string, by: "docs" | "soak" | "bench" = "docs"): string {
  const [start, end] = [page.indexOf(opening(name, by)), page.indexOf(closing(name))];
  if (start === -1 || end < start) throw new Error(`the page has no part "${name}"`);
  return `${page.slice(0, start)}${opening(name, by)}\n\n${content.trim()}\n\n${page.slice(end)}`;
}
