import type { Client, ClientCapabilities, ElicitResult } from "@modelcontextprotocol/client";

import type { Elicit } from "./connection-types.ts";
import { isRecord } from "./json-rpc.ts";

/** What is said to a server of the ways in which it may ask. Without `elicit` it may not. */
export function elicitationCapability(elicit: Elicit | undefined): ClientCapabilities {
  if (elicit === undefined) return {};
  return { elicitation: elicit.mode === "defaults" ? { form: {} } : { form: {}, url: {} } };
}

/** Answers the server's questions, those that come as requests and those of `input_required` alike. `whileAsking` wraps the time a person takes. */
export function answerElicitations(client: Client, elicit: Elicit | undefined, whileAsking: <T>(work: () => Promise<T>) => Promise<T>): void {
  if (elicit === undefined) return;
  client.setRequestHandler("elicitation/create", async ({ params }): Promise<ElicitResult> => {
    if (elicit.mode === "decline") return { action: "decline" };
    if (elicit.mode === "ask") return (await whileAsking(() => elicit.ask(params))) as ElicitResult;
    const content = "requestedSchema" in params ? defaultsOf(params.requestedSchema) : undefined;
    return content === undefined ? { action: "decline" } : { action: "accept", content };
  });
}

type Content = NonNullable<ElicitResult["content"]>;

/** The schema's defaults, or undefined when a required field has none: half an answer is no answer. */
export function defaultsOf(schema: unknown): Content | undefined {
  const properties = isRecord(schema) && isRecord(schema["properties"]) ? schema["properties"] : {};
  const content: Content = {};
  for (const [name, property] of Object.entries(properties)) {
    if (isRecord(property) && property["default"] !== undefined) content[name] = property["default"] as Content[string];
  }
  const required = isRecord(schema) && Array.isArray(schema["required"]) ? schema["required"] : [];
  return required.every((name) => typeof name === "string" && name in content) ? content : undefined;
}
