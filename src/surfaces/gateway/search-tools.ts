import { isRecord } from "../../connection/json-rpc.ts";
import type { RpcObject } from "../relay/frame.ts";

export const searchName = "search_tools";
export const callName = "call_tool";

/** What is listed in place of every tool, where there are too many for a model to choose from. */
export function searchingTools(servers: readonly string[]): readonly RpcObject[] {
  return [
    {
      name: searchName,
      title: "Search tools",
      description: `Finds tools of these servers: ${servers.join(", ")}. Say in a few words what is to be done; the tools that fit come with their names and input schemas. Call them with ${callName}.`,
      inputSchema: { type: "object", properties: { query: { type: "string", description: "What is to be done, in a few words" }, server: { type: "string", description: "Only tools of this server" }, limit: { type: "integer", minimum: 1, maximum: 50, description: "At most so many (10)" } }, required: ["query"] },
      annotations: { readOnlyHint: true },
    },
    {
      name: callName,
      title: "Call a tool",
      description: `Calls a tool that ${searchName} found, by its name and with arguments that fit its input schema.`,
      inputSchema: { type: "object", properties: { name: { type: "string", description: `As ${searchName} gave it` }, arguments: { type: "object", description: "What the tool's input schema asks for" } }, required: ["name"] },
    },
  ];
}

export interface Listed {
  readonly server: string;
  readonly tool: RpcObject;
}

/** The tools that fit best, best first; of those that fit alike, in the order of the list. */
export function searchTools(listed: readonly Listed[], { query, server, limit }: RpcObject): readonly RpcObject[] {
  const wanted = typeof query === "string" ? wordsOf(query) : [];
  const most = typeof limit === "number" && limit >= 1 ? Math.min(50, Math.floor(limit)) : 10;
  return listed
    .filter((each) => server === undefined || each.server === server)
    .map(({ tool }) => ({ tool, score: scoreOf(tool, wanted) }))
    .filter(({ score }) => score > 0 || wanted.length === 0)
    .toSorted((one, other) => other.score - one.score)
    .slice(0, most)
    .map(({ tool }) => ({ name: tool["name"], ...(tool["description"] === undefined ? {} : { description: tool["description"] }), inputSchema: tool["inputSchema"] }));
}

/** A word in the name counts more than one in the description, a whole word more than a part of one. */
function scoreOf(tool: RpcObject, wanted: readonly string[]): number {
  const named = new Set(wordsOf(`${String(tool["name"])} ${String(tool["title"] ?? "")}`));
  const properties = isRecord(tool["inputSchema"]) && isRecord(tool["inputSchema"]["properties"]) ? Object.keys(tool["inputSchema"]["properties"]) : [];
  const told = new Set(wordsOf(`${String(tool["description"] ?? "")} ${properties.join(" ")}`));
  const within = (words: ReadonlySet<string>, word: string): boolean => [...words].some((each) => each.startsWith(word) || (each.length > 3 && word.startsWith(each)));
  return wanted.map((word) => (named.has(word) ? 8 : within(named, word) ? 4 : 0) + (told.has(word) ? 2 : within(told, word) ? 1 : 0)).reduce((sum, score) => sum + score, 0);
}

function wordsOf(text: string): readonly string[] {
  return text.replace(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase().split(/[^\p{L}\p{N}]+/u).filter((word) => word.length > 1);
}
