import { randomUUID } from "node:crypto";

import { pieceLength } from "../../base/growing-text.ts";
import { type Body, type Frame, hasResult, makeFrame, readFrames, type RpcId, type RpcObject } from "./frame.ts";
import { objectOf } from "./revision-words.ts";
import { type Member, scanItems, scanMembers } from "./scan-envelope.ts";
import { relatedTask } from "./tasks.ts";

/** What a change may look into: objects and lists, and names. Anything else that is larger than a small value is passed on as the text that it is. */
const opened: ReadonlySet<string> = new Set(["_meta", relatedTask, "task", "ref", "arguments", "result", "content", "contents", "messages", "resource"]);
const names: ReadonlySet<string> = new Set(["type", "name", "uri", "taskId"]);
/** In UTF-16 units. */
const small = 256;
/** How many levels. */
const deepest = 6;

/**
 * The message with another head (its id, its method), and its parameters or its result as `change` makes them. Of a large one `change` is given only what is small or named above, and
 * stand-ins for the rest, to be kept as they are or left out: what they stand for is neither parsed nor made anew.
 */
export function rebuilt(frame: Frame, body: Body, head: RpcObject, change: (content: RpcObject) => RpcObject = (content) => content): Frame {
  const [large] = readFrames(changed(frame, body, head, change) ?? "") ?? [];
  return large ?? makeFrame({ jsonrpc: "2.0", ...head, [body]: change(objectOf(frame.message()[body])) });
}

/** The same answer to a request that goes by another id. */
export function answerAs(answer: Frame, id: RpcId | undefined): Frame {
  return hasResult(answer) ? rebuilt(answer, "result", { id }) : makeFrame({ ...answer.message(), id });
}

/** undefined: it is small, or there is nothing to be changed. */
function changed({ text, outline }: Frame, body: Body, head: RpcObject, change: (content: RpcObject) => RpcObject): string | undefined {
  const at = outline?.[body];
  const hidden: Member[] = [];
  const end = at === undefined ? undefined : hide(text, at, deepest, hidden);
  if (at === undefined || end === undefined) return undefined;
  // Nothing in the message can be called like it.
  const word = randomUUID();
  const content = parse(withStandIns(text, at, end, hidden, word));
  if (content === undefined) return undefined;
  const pieces = JSON.stringify({ jsonrpc: "2.0", ...head, [body]: change(content) }).split(new RegExp(`\\{"${word}":(\\d+)\\}`));
  // Joined at once, so that it is one copy.
  return pieces.map((piece, index) => (index % 2 === 0 ? piece : slice(text, hidden[Number(piece)]))).join("");
}

/** Notes where that stands which is not looked into, in its order. Gives the place behind the value; undefined: it is no object, and no list. */
function hide(text: string, at: number, depth: number, hidden: Member[], listed = ""): number | undefined {
  const look = (key: string, member: Member): void => {
    const { start, end } = member;
    if (end - start <= (names.has(key) ? pieceLength : small)) return;
    const before = hidden.length;
    if (opened.has(key) && depth > 0 && hide(text, start, depth - 1, hidden, key) !== undefined) return;
    hidden.splice(before, Number.POSITIVE_INFINITY, member);
  };
  return text[at] === "[" ? scanItems(text, at, (member) => look(listed, member)) : scanMembers(text, at, look);
}

function slice(text: string, { start, end }: Member = { start: 0, end: 0 }): string {
  return text.slice(start, end);
}

function withStandIns(text: string, from: number, end: number, hidden: readonly Member[], word: string): string {
  const pieces: string[] = [];
  let at = from;
  for (const [index, { start, end: behind }] of hidden.entries()) {
    pieces.push(text.slice(at, start), `{"${word}":${String(index)}}`);
    at = behind;
  }
  return [...pieces, text.slice(at, end)].join("");
}

function parse(text: string): RpcObject | undefined {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}
