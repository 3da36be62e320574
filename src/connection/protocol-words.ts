import { product } from "../base/product.ts";

/** The revision offered to servers that open with `initialize`. */
export const legacyRevision = "2025-11-25";
/** The revision without an opening, where every request speaks for itself. */
export const modernRevision = "2026-07-28";

export const clientInfo = { name: product.name, title: product.title, version: product.version } as const;

export function initializeParams(): Readonly<Record<string, unknown>> {
  return { protocolVersion: legacyRevision, capabilities: {}, clientInfo };
}

/** What every request of the modern revision carries. MCP 2026-07-28, basic protocol, `_meta`. */
export function modernParams(params: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return {
    ...params,
    _meta: { "io.modelcontextprotocol/protocolVersion": modernRevision, "io.modelcontextprotocol/clientCapabilities": {}, "io.modelcontextprotocol/clientInfo": clientInfo },
  };
}

/** The headers that repeat a modern request's body, for whoever routes by them. */
export function modernHeaders(method: string): Readonly<Record<string, string>> {
  return { "mcp-protocol-version": modernRevision, "mcp-method": method };
}

/** JSON-RPC codes that only a server of 2026-07-28 gives: HeaderMismatch, MissingRequiredClientCapability, UnsupportedProtocolVersion. */
export function isModernErrorCode(code: number): boolean {
  return code === -32_020 || code === -32_021 || code === -32_022;
}
