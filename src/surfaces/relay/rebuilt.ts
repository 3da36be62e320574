import { type Frame, makeFrame, readFrames, type RpcObject } from "./frame.ts";
import { objectOf } from "./revision-words.ts";
import { scanMembers } from "./scan-envelope.ts";

/**
 * The message with another head (its id, its method), and in its parameters or its result with these values in place of its own; undefined takes one away. Of a large
 * message nothing else is parsed or made anew: the text between stays as it is.
 */
export function rebuilt(frame: Frame, part: "params" | "result", head: RpcObject, changes: RpcObject = {}): Frame {
  const [large] = (frame.outline === undefined ? undefined : readFrames(spliced(frame.text, frame.outline[part], { part, head, changes }))) ?? [];
  return large ?? makeFrame({ jsonrpc: "2.0", ...head, [part]: { ...objectOf(frame.message()[part]), ...changes } });
}

/** Empty where there is nothing to put into. */
function spliced(text: string, at: number | undefined, { part, head, changes }: { readonly part: string; readonly head: RpcObject; readonly changes: RpcObject }): string {
  const members: string[] = [];
  const end = at === undefined ? undefined : scanMembers(text, at, (key, { from, end: to }) => (key in changes ? undefined : members.push(text.slice(from, to), ",")));
  if (end === undefined) return "";
  for (const [key, value] of Object.entries(changes)) if (value !== undefined) members.push(`${JSON.stringify(key)}:${JSON.stringify(value)}`, ",");
  // Joined at once, so that it is one copy.
  return [`${JSON.stringify({ jsonrpc: "2.0", ...head }).slice(0, -1)},"${part}":{`, ...members.slice(0, -1), "}}"].join("");
}
