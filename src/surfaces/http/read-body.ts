import type { IncomingMessage } from "node:http";

import type { Problem, Schema } from "../../config/schema.ts";
import { BadPayload, Refusal } from "./refusal.ts";
import type { RouteBody } from "./route.ts";

/** The body as its schema has it. Throws `Refusal` (413, 415) and `BadPayload`. How long it may take to come is the server's to limit. */
export async function readBody(incoming: IncomingMessage, { schema, required, limit }: RouteBody): Promise<unknown> {
  const bytes = await readBytes(incoming, limit);
  if (bytes.length === 0) return read(required ? undefined : {}, schema);
  requireJson(incoming.headers["content-type"]);
  return read(parse(bytes), schema);
}

async function readBytes(incoming: IncomingMessage, limit: number): Promise<Buffer> {
  const tooLarge = (): Refusal => new Refusal(413, "too_large", `The body is larger than ${String(limit)} bytes.`, { headers: { connection: "close" } });
  if (Number(incoming.headers["content-length"] ?? 0) > limit) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += (chunk as Buffer).length;
    if (size > limit) throw tooLarge();
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/** What a page of another origin can send without being asked first is not JSON. Z07 */
function requireJson(contentType: string | undefined): void {
  if (contentType === undefined || !/^application\/json\s*(;|$)/i.test(contentType)) throw new Refusal(415, "not_json", "The body must be JSON.", { hint: "Content-Type: application/json" });
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown;
  } catch {
    throw new BadPayload("Expected JSON in UTF-8");
  }
}

function read(value: unknown, schema: Schema<unknown>): unknown {
  const { problems, ...found } = schema.read(value) as { readonly value?: unknown; readonly problems?: readonly Problem[] };
  if (problems === undefined) return found.value;
  throw new BadPayload(problems.map(({ path, problem }) => `${path.length === 0 ? "The body" : path.join(".")} ${problem}${path.length === 0 ? "" : `\n  at ${path.map((key) => `[${JSON.stringify(key)}]`).join("")}`}`).join("\n"));
}
