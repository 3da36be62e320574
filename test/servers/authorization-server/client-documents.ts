import { request } from "node:http";
import { request as secureRequest } from "node:https";
import { detailsOf, type KnownClient } from "./client-details.ts";

/** Fetches a client id metadata document and checks it as the draft asks: status, type, `client_id` byte for byte, no secret. undefined: it is not acceptable. */
export async function readClientDocument(clientId: string, ca: string | undefined): Promise<KnownClient | undefined> {
  const document = await fetchDocument(clientId, ca).catch(() => undefined);
  const { client_id: named, redirect_uris: redirectUris, client_secret: secret, token_endpoint_auth_method: method = "none" } = document ?? {};
  if (document === undefined || named !== clientId || !Array.isArray(redirectUris) || secret !== undefined) return undefined;
  if (method !== "none" && method !== "private_key_jwt") return undefined;
  return { kind: "document", redirectUris: redirectUris.map(String), secret: undefined, ...detailsOf(document) };
}

function fetchDocument(url: string, ca: string | undefined): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const ask = url.startsWith("https:") ? secureRequest : request;
    const outgoing = ask(url, { agent: false, timeout: 3000, headers: { accept: "application/json" }, ...(ca === undefined ? {} : { ca }) }, (answer) => {
      let body = "";
      answer.setEncoding("utf8").on("data", (part: string) => (body += part));
      answer.on("error", reject).on("end", () => {
        if (answer.statusCode !== 200 || !/^application\/([\w.-]+\+)?json/.test(answer.headers["content-type"] ?? "")) return reject(new Error("not a document"));
        try {
          resolve(JSON.parse(body) as Record<string, unknown>);
        } catch (error) {
          reject(error as Error);
        }
      });
    });
    outgoing.on("timeout", () => outgoing.destroy()).on("error", reject).end();
  });
}
