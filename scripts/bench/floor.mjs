// The floor under `list`: one initialize to each of the given URLs, in parallel, with nothing but node:http.
import { request } from "node:http";

const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "floor", version: "0" } } });

const ask = (url) =>
  new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST", headers: { "content-type": "application/json", accept: "application/json, text/event-stream" } }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (chunk) => (text += chunk)).on("end", () => resolve(answer.statusCode));
    });
    sent.once("error", reject);
    sent.end(body);
  });

const statuses = await Promise.all(process.argv.slice(2).map(ask));
process.exitCode = statuses.every((status) => status === 200) ? 0 : 1;
