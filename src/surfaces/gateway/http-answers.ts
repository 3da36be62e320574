import type { ServerResponse } from "node:http";

import { pieceLength, piecesOf } from "../../base/growing-text.ts";
import type { RpcId, RpcObject } from "../relay/frame.ts";
import { writePieces } from "../relay/text-writer.ts";

const plain = ["cache-control", "no-store", "x-content-type-options", "nosniff"];

/** What stands against a message, with its HTTP status and its place in JSON-RPC. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;
  readonly code: number;
  readonly options: { readonly id?: RpcId | undefined; readonly data?: RpcObject; readonly headers?: Readonly<Record<string, string>> };

  constructor(status: number, code: number, message: string, options: Refused["options"] = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.options = options;
  }
}

/** Settles when there is room for more. */
export function sendJson(outgoing: ServerResponse, status: number, text: string, headers: Readonly<Record<string, string>> = {}): Promise<void> {
  if (outgoing.destroyed || outgoing.headersSent) return Promise.resolve();
  // As a list, which Node takes as it is.
  const all = [...plain, "content-type", "application/json", "content-length", String(Buffer.byteLength(text))];
  for (const name of Object.keys(headers)) all.push(name, headers[name] ?? "");
  outgoing.writeHead(status, all);
  if (text.length > pieceLength) return writePieces(outgoing, piecesOf(text)).then(() => void outgoing.end());
  outgoing.end(text);
  // Whoever reads slowly keeps the next message waiting, not this one in several copies.
  return outgoing.writableLength < 1024 * 1024 ? Promise.resolve() : new Promise((resolve) => void outgoing.once("close", resolve));
}

/** Nothing is said to it but that it was taken. */
export function accept(outgoing: ServerResponse, status = 202): void {
  if (outgoing.destroyed || outgoing.headersSent) return;
  outgoing.writeHead(status, [...plain, "content-length", "0"]);
  outgoing.end();
}

export function refuse(outgoing: ServerResponse, { status, code, message, options: { id, data, headers = {} } }: Refused): void {
  if (outgoing.headersSent) return void outgoing.destroy();
  const error = { code, message, ...(data === undefined ? {} : { data }) };
  void sendJson(outgoing, status, JSON.stringify({ jsonrpc: "2.0", id: id ?? null, error }), headers);
}
