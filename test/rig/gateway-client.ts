import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { onTestFinished } from "vitest";

import type { ServingProgram } from "./serving.ts";

/** The SDK's own client at an address of a running gateway, by the serve token unless another is given; closed when the test has finished. */
export async function connectClient(serving: Pick<ServingProgram, "url" | "token">, path: string, options: { readonly mode?: "legacy" | "auto" | { readonly pin: string }; readonly capabilities?: object; readonly prepare?: (client: Client) => void; readonly token?: string } = {}): Promise<{ readonly client: Client; readonly transport: StreamableHTTPClientTransport }> {
  const { mode = "legacy", capabilities = {}, prepare, token = serving.token } = options;
  const client = new Client({ name: "sdk", version: "1" }, { versionNegotiation: { mode }, capabilities });
  prepare?.(client);
  const transport = new StreamableHTTPClientTransport(new URL(`${serving.url}${path}`), { requestInit: { headers: { authorization: `Bearer ${token}` } } });
  await client.connect(transport);
  onTestFinished(() => client.close());
  return { client, transport };
}
