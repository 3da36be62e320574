import type { Client, Transport } from "@modelcontextprotocol/client";

import { plainText } from "../base/redact.ts";
import { headerFault } from "./header-parameters.ts";
import { isRecord } from "./json-rpc.ts";

/**
 * What results of 2026-07-28 need before the SDK reads them. To be called before `client` is connected to `transport`.
 * A result without `resultType` counts as complete (MCP 2026-07-28, results), where the SDK would refuse it. A tool whose header
 * declarations are not allowed is left out of the list and `warn` told why; the SDK would print the server's own words to the terminal.
 */
export function prepareModernResults(client: Client, transport: Transport, warn: (message: string) => void): void {
  const before = transport.onmessage;
  // A child reads no headers: there the declarations may be ignored.
  const hasHeaders = !("pid" in transport);
  transport.onmessage = (message, extra) => {
    const result: unknown = "result" in message ? message.result : undefined;
    if (client.getProtocolEra() === "modern" && isRecord(result)) {
      if (result["resultType"] === undefined) Object.assign(result, { resultType: "complete" });
      if (hasHeaders && Array.isArray(result["tools"])) Object.assign(result, { tools: result["tools"].filter((tool) => isAllowed(tool, warn)) });
    }
    before?.(message, extra);
  };
}

function isAllowed(tool: unknown, warn: (message: string) => void): boolean {
  const fault = isRecord(tool) ? headerFault(tool["inputSchema"]) : undefined;
  if (fault !== undefined && isRecord(tool)) warn(`The tool ${plainText(String(tool["name"]), 100)} is left out: ${plainText(fault, 200)}.`);
  return fault === undefined;
}
