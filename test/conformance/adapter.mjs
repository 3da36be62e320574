// Puts the suite, which speaks HTTP to a server without sign-in, in front of what is tested:
//   node adapter.mjs --to URL --bearer TOKEN      passes everything on with the bearer added; Host and Origin stay as they are, so it has the same port, on ::1
//   node adapter.mjs -- PROGRAM WORDS…            a server on standard input and output, spoken to over Streamable HTTP
// Prints its URL. Nothing of MCP is done here but what HTTP itself adds: sessions, streams and the status of an error.
import { createServer, request } from "node:http";
import { parseArgs } from "node:util";
import { serveOverStdio } from "./http-over-stdio.mjs";

const { values, positionals: command } = parseArgs({ allowPositionals: true, options: { to: { type: "string" }, bearer: { type: "string" } } });

function forward(asked, answer) {
  const headers = { ...asked.headers, authorization: `Bearer ${values.bearer}` };
  const sent = request(values.to, { method: asked.method, headers, setHost: false }, (came) => {
    answer.writeHead(came.statusCode, came.headers);
    answer.flushHeaders();
    came.pipe(answer);
    answer.once("close", () => came.destroy());
  });
  sent.once("error", () => answer.destroy());
  asked.pipe(sent);
}

const over = values.to === undefined ? serveOverStdio(command) : { handle: forward, stop: () => undefined };
const port = values.to === undefined ? 0 : Number(new URL(values.to).port);
const host = port === 0 ? "127.0.0.1" : "::1";
const server = createServer((asked, answer) => void Promise.resolve(over.handle(asked, answer)).catch((error) => (console.error(error), answer.destroy())));
server.listen(port, host, () => console.log(`http://${host.includes(":") ? `[${host}]` : host}:${server.address().port}/mcp`));
process.once("SIGTERM", () => {
  over.stop();
  process.exit(0);
});
