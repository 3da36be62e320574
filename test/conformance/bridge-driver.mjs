// The client scenarios with the bridge in the middle: a host that speaks lines and knows nothing of sign-in, in front of `mcpass bridge`, which does the rest.
// The suite starts this with the server's URL as last argument and names scenario and revision in the environment. Exit 0: every call was answered by the server.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { freePort } from "./free-port.mjs";

const program = process.env.CONFORMANCE_PROGRAM ?? fileURLToPath(new URL("../../dist/main.cjs", import.meta.url));
const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? "{}");
const modern = process.env.MCP_CONFORMANCE_PROTOCOL_VERSION === "2026-07-28";
const home = mkdtempSync(join(tmpdir(), "mcpass-conformance-"));
copyFileSync(new URL("follow.mjs", import.meta.url), join(home, "follow.mjs"));

const flags = {
  "auth/basic-cimd": ["--client-metadata-url", "https://conformance-test.local/client-metadata.json", "--callback-port", await freePort()],
  "auth/pre-registration": ["--client-id", context.client_id, "--client-secret-env", "CONFORMANCE_SECRET", "--callback-port", await freePort()],
};
const words = ["bridge", process.argv.at(-1), "--open", "--browser", "node follow.mjs", ...(flags[process.env.MCP_CONFORMANCE_SCENARIO] ?? [])];
const environment = { ...process.env, MCPASS_HOME: home, MCPASS_KEY_SOURCE: "file", CONFORMANCE_SECRET: context.client_secret ?? "" };
const bridge = spawn(process.execPath, [program, ...words], { cwd: home, env: environment, stdio: ["pipe", "pipe", "inherit"] });

const capabilities = { elicitation: { form: {} } };
const clientInfo = { name: "host", version: "1" };
const meta = modern ? { _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": capabilities, "io.modelcontextprotocol/clientInfo": clientInfo } } : {};
const waiting = new Map();
let heardOfChange = () => {};
let count = 0;

const send = (message) => bridge.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
const request = (method, params = {}) => {
  const id = (count += 1);
  send({ id, method, params: { ...params, ...meta } });
  return new Promise((resolve) => waiting.set(id, resolve));
};
/** The next word of the bridge that somebody has signed in. How long it may take is the suite's affair, which ends this: on a machine that is busy the person comes back late. */
const change = () => new Promise((resolve) => (heardOfChange = resolve));

createInterface({ input: bridge.stdout }).on("line", (line) => {
  const { id, method, params, ...answer } = JSON.parse(line);
  if (method === "notifications/tools/list_changed") heardOfChange();
  if (method === undefined) waiting.get(id)?.(answer);
  else if (id !== undefined) send({ id, ...(method === "elicitation/create" ? { result: { action: "accept", content: defaultsOf(params.requestedSchema) } } : { error: { code: -32_601, message: method } }) });
});

function defaultsOf({ properties = {} }) {
  return Object.fromEntries(Object.entries(properties).filter(([, schema]) => "default" in schema).map(([name, schema]) => [name, schema.default]));
}

function sampleOf({ properties = {} } = {}) {
  return Object.fromEntries(Object.entries(properties).map(([name, { type }]) => [name, { number: 1, integer: 1, boolean: true, array: [], object: {} }[type] ?? "text"]));
}

/** What the bridge itself says while somebody has to sign in. */
const wantsSignIn = ({ result }) => result?.isError === true && result.content.some(({ text }) => text?.includes("mcpass auth"));

async function converse() {
  await (modern ? request("server/discover") : request("initialize", { protocolVersion: "2025-11-25", capabilities, clientInfo }));
  if (modern) void request("subscriptions/listen", { notifications: { toolsListChanged: true } });
  else send({ method: "notifications/initialized" });
  let changed = change();
  let { result } = await request("tools/list");
  if (result?.tools.some(({ name }) => name === "sign_in")) {
    await changed;
    ({ result } = await request("tools/list"));
  }
  let fine = result !== undefined;
  for (const { name, inputSchema } of result?.tools ?? []) {
    const call = () => request("tools/call", { name, arguments: sampleOf(inputSchema) });
    changed = change();
    let answer = await call();
    // The first word of a change may still be the one before; each is worth one more call.
    for (let tries = 0; tries < 5 && wantsSignIn(answer); tries += 1) {
      await changed;
      changed = change();
      answer = await call();
    }
    fine &&= answer.result !== undefined && !wantsSignIn(answer);
  }
  return fine;
}

const fine = await converse();
bridge.stdin.end();
await once(bridge, "exit");
rmSync(home, { recursive: true, force: true });
process.exit(fine ? 0 : 1);
