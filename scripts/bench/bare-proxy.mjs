// The floor of the gateway's rows: a reverse proxy that does nothing but put a credential on each request. Arguments: URL of the server, value of Authorization. Prints its URL; ends when it is told to.
import { Agent, createServer, request } from "node:http";

const [url, authorization] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });
const server = createServer((incoming, outgoing) => {
  const { host: _host, ...headers } = incoming.headers;
  const passed = request(url, { agent, method: incoming.method, headers: { ...headers, authorization } }, (answer) => {
    outgoing.writeHead(answer.statusCode, answer.headers);
    answer.pipe(outgoing);
  });
  passed.on("error", () => outgoing.destroy());
  incoming.pipe(passed);
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/mcp`));
