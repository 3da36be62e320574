import type { Handle } from "./listener.ts";
import { type ScriptedCall, scriptedServer } from "./scripted-mcp.ts";

/** Answers a call after three events that are no messages. */
export function garble({ event, answer }: ScriptedCall): void {
  event("{ not json");
  event("[]");
  event('"text"');
  answer({ content: [{ type: "text", text: "fine" }] });
}

const pages = ['{"jsonrpc": "2.0", "id": ', '{"jsonrpc":"2.0","id":"other","result":{}}', "<!doctype html>"];

/** Answers a call with what is no answer to it, by its argument `n`: 0 is cut short, 1 is another's, 2 is a page. */
export function answerGarbage(): Handle {
  const { handle } = scriptedServer(() => undefined);
  return (asked) => {
    const n = Number(/"n":(\d)/.exec(asked.body)?.[1]);
    return asked.body.includes('"tools/call"') ? { status: 200, headers: { "content-type": n === 2 ? "text/html" : "application/json" }, body: pages[n] ?? "" } : handle(asked);
  };
}
