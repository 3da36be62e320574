import type { CallOptions, Manager } from "../../../connection/manager.ts";
import type { Infer } from "../../../config/schema.ts";
import { streamedCall } from "../answer-schemas.ts";
import { streamAnswer } from "../answer-stream.ts";
import type { Api } from "../api.ts";
import { BadPayload } from "../refusal.ts";
import { callLimit, type Route } from "../route.ts";

type Wanted = Infer<typeof streamedCall>;

/** A call that tells how far it is. */
export function callRoute({ manager, onInternal }: Api): Route {
  return {
    method: "post",
    path: "/mcp/{name}/calls",
    operationId: "mcp.calls.run",
    summary: "Call, and hear how far it is",
    description:
      "A tool, a prompt or a resource, as server-sent events `{type, properties}`: `progress {progress, total, message}` as the server reports it, then `result {result}` or `error {error, code, hint}`, which is the last. Hanging up cancels the call at the server.",
    body: { schema: streamedCall, required: true, limit: callLimit },
    refusals: [400, 404],
    otherAnswers: { 200: { description: "Event stream", contentType: "text/event-stream" } },
    handle: async ({ name, outgoing, body }) => {
      const operation = operationOf(manager, name, body as Wanted);
      manager.snapshot(name);
      return streamAnswer({ outgoing, name, onInternal }, async ({ signal, tell }) => ({ type: "result", properties: { result: await operation({ signal, onProgress: (progress) => tell("progress", { ...progress }) }) } }));
    },
  };
}

function operationOf(manager: Manager, name: string, { tool, prompt, resource, arguments: args = {} }: Wanted): (options: CallOptions) => Promise<unknown> {
  if ([tool, prompt, resource].filter((each) => each !== undefined).length !== 1) throw new BadPayload(`Expected one of "tool", "prompt" and "resource"`);
  if (tool !== undefined) return (options) => manager.callTool(name, tool, args, options);
  if (resource !== undefined) return (options) => manager.readResource(name, resource, options);
  return (options) => manager.getPrompt(name, prompt ?? "", Object.fromEntries(Object.entries(args).map(([key, value]) => [key, String(value)])), options);
}
