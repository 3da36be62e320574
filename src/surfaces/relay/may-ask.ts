import type { RpcObject } from "./frame.ts";
import { objectOf } from "./revision-words.ts";

/** What a host must have declared to be asked. */
const capabilityOf: Readonly<Record<string, string>> = { "elicitation/create": "elicitation", "sampling/createMessage": "sampling", "roots/list": "roots" };

/** Whether a host with these capabilities can be asked that: one that cannot may never answer. An elicitation that names no modes knows forms only. MCP 2025-11-25, elicitation */
export function mayAsk(capabilities: RpcObject, method: unknown, params: RpcObject): boolean {
  const declared = capabilities[(typeof method === "string" && Object.hasOwn(capabilityOf, method) ? capabilityOf[method] : undefined) ?? ""];
  if (declared === undefined || method !== "elicitation/create") return declared !== undefined;
  const { form, url } = objectOf(declared);
  return params["mode"] === "url" ? url !== undefined : form !== undefined || url === undefined;
}
