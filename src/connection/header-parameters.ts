import { isRecord } from "./json-rpc.ts";

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Members of a schema that hold data, in which nothing is a declaration. */
const dataMembers: ReadonlySet<string> = new Set(["default", "const", "enum", "examples"]);

/**
 * Why a tool's `x-mcp-header` declarations are not allowed, so that the tool must not be offered; undefined when they are. A declaration stands
 * on a property that is reached through `properties` alone, has a primitive type, and names a header of its own. MCP 2026-07-28, SEP-2243
 */
export function headerFault(inputSchema: unknown): string | undefined {
  const names = new Set<string>();
  const visit = (node: unknown, depth: number, reachable: boolean): string | undefined => {
    if (Array.isArray(node)) return firstFault(node, (item) => visit(item, depth + 1, false));
    if (!isRecord(node)) return undefined;
    const own = "x-mcp-header" in node ? declarationFault(node, names, reachable && depth > 0) : undefined;
    return own ?? firstFault(Object.entries(node), ([key, value]) => visitMember(key, value, depth, reachable));
  };
  const visitMember = (key: string, value: unknown, depth: number, reachable: boolean): string | undefined => {
    if (key === "properties" && isRecord(value)) return firstFault(Object.values(value), (property) => visit(property, depth + 1, reachable));
    return dataMembers.has(key) || key === "x-mcp-header" ? undefined : visit(value, depth + 1, false);
  };
  return visit(inputSchema, 0, true);
}

function declarationFault(schema: Readonly<Record<string, unknown>>, names: Set<string>, reachable: boolean): string | undefined {
  const { "x-mcp-header": name, type } = schema;
  if (!reachable) return "x-mcp-header stands where no argument can be found for it";
  if (typeof name !== "string" || !token.test(name)) return "x-mcp-header is not the name of a header";
  if (type !== "string" && type !== "integer" && type !== "boolean") return `x-mcp-header ${name} stands on a property that is neither string, integer nor boolean`;
  if (names.has(name.toLowerCase())) return `x-mcp-header ${name} is declared twice`;
  names.add(name.toLowerCase());
  return undefined;
}

function firstFault<T>(items: readonly T[], faultOf: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const fault = faultOf(item);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
