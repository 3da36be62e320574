// The floor under `mcpass bridge`: lines from standard input by POST to one address, what comes back to standard output. No sign-in, no errors, no streams from the server.
import { Agent, request } from "node:http";
import { createInterface } from "node:readline";

const [url, authorization] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });
let session;
let version;

createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, params, method } = JSON.parse(line);
  if (method === "initialize") version = params.protocolVersion;
  const headers = { "content-type": "application/json", accept: "application/json, text/event-stream", authorization, ...(session === undefined ? {} : { "mcp-session-id": session, "mcp-protocol-version": version }) };
  const sent = request(url, { method: "POST", agent, headers }, (answer) => {
    session ??= answer.headers["mcp-session-id"];
    let text = "";
    answer.setEncoding("utf8").on("data", (chunk) => (text += chunk)).on("end", () => (id === undefined ? undefined : process.stdout.write(`${/^data: (.*)$/m.exec(text)?.[1] ?? text}\n`)));
  });
  sent.end(line);
});
