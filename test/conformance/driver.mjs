// Which command line of the shipped program answers which scenario, and nothing else: no protocol code may be imported here.
// The suite starts this with the server's URL as last argument and names the scenario in the environment.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "./free-port.mjs";

const program = process.env.CONFORMANCE_PROGRAM ?? fileURLToPath(new URL("../../dist/main.cjs", import.meta.url));
const scenario = process.env.MCP_CONFORMANCE_SCENARIO;
const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? "{}");
const url = process.argv.at(-1);

const home = mkdtempSync(join(tmpdir(), "mcpass-conformance-"));
// Beside the home and named relatively: `--browser` takes words, and the path of a checkout may hold a space.
copyFileSync(new URL("follow.mjs", import.meta.url), join(home, "follow.mjs"));

/** Runs the program once; its exit code is ours as soon as one run fails. */
function run(words, { read = false } = {}) {
  const result = spawnSync(process.execPath, [program, ...words], {
    cwd: home,
    env: { ...process.env, MCPASS_HOME: home, MCPASS_KEY_SOURCE: "file", CONFORMANCE_SECRET: context.client_secret ?? "" },
    stdio: ["ignore", read ? "pipe" : "inherit", "inherit"],
    encoding: "utf8",
  });
  if (result.status !== 0) leave(result.status ?? 1);
  return result.stdout;
}

function leave(code) {
  rmSync(home, { recursive: true, force: true });
  process.exit(code);
}

/** A credential of the context in a file that only this user can read. */
function secretFile(name, content) {
  const file = join(home, name);
  writeFileSync(file, content, { mode: 0o600 });
  return file;
}

const signIn = ["--sign-in", "--browser", "node follow.mjs"];
const inspect = ["inspect", url, "--call-all", "--yes", "--elicit", "defaults", ...signIn];

// Without a person: no `--sign-in`, no browser.
const unattended = (...words) => run(["inspect", url, "--call-all", "--yes", "--elicit", "defaults", ...words]);
const bound = () => run([...inspect, "--dpop"]);

const commands = {
  tools_call: () => run(["call", url, "add_numbers", "a=1", "b=2"]),
  "auth/basic-cimd": async () => run([...inspect, "--client-metadata-url", "https://conformance-test.local/client-metadata.json", "--callback-port", await freePort()]),
  "auth/pre-registration": async () => run([...inspect, "--client-id", context.client_id, "--client-secret-env", "CONFORMANCE_SECRET", "--callback-port", await freePort()]),
  "auth/client-credentials-jwt": () =>
    unattended("--grant", "client_credentials", "--client-id", context.client_id, "--private-key-file", secretFile("key.pem", context.private_key_pem), "--signing-alg", context.signing_algorithm),
  "auth/client-credentials-basic": () => unattended("--grant", "client_credentials", "--client-id", context.client_id, "--client-secret-env", "CONFORMANCE_SECRET"),
  "auth/enterprise-managed-authorization": () =>
    unattended(
      ...["--grant", "id-jag", "--client-id", context.client_id, "--client-secret-env", "CONFORMANCE_SECRET"],
      ...["--idp-token-endpoint", context.idp_token_endpoint, "--idp-client-id", context.idp_client_id, "--id-token-file", secretFile("id-token.jwt", context.idp_id_token)],
    ),
  "auth/wif-jwt-bearer": () => unattended("--grant", "jwt-bearer", "--client-id", context.client_id, "--assertion-file", secretFile("assertion.jwt", context.valid_jwt)),
  "auth/dpop": bound,
  "auth/dpop-nonce": bound,
  "http-custom-headers": () => {
    for (const { name, arguments: given } of context.toolCalls) run(["call", url, name, "--args", JSON.stringify(given)]);
  },
  "json-schema-2020-12-preservation": () => {
    const { tools } = JSON.parse(run(["tools", url, "--json"], { read: true }));
    const schema = tools.find((tool) => tool.name === "json_schema_2020_12_tool").inputSchema;
    run(["call", url, "json_schema_echo", "--args", JSON.stringify({ schema })]);
  },
};

await (commands[scenario] ?? (() => run(inspect)))();
leave(0);
