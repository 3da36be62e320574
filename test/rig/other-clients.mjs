// MCP clients and bridges by others that are started as they are. mcporter wants Node 24 and the inspector 22, and both are heavy (200 MB), so they are no devDependencies: each is
// installed from npm into an ignored folder of its own, once. `node test/rig/other-clients.mjs` does it ahead of the tests with those that they need; without it the first test that
// needs one does.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installOnce } from "../../scripts/install-once.mjs";
import { requireTestTools } from "../../scripts/test-tools.mjs";

const clients = {
  mcporter: { package: "mcporter", version: "0.12.3", nodeMajor: 24 },
  inspector: { package: "@modelcontextprotocol/inspector", version: "2.12.0", nodeMajor: 24 },
  "mcp-remote": { package: "mcp-remote", version: "0.15.1" },
  supergateway: { package: "supergateway", version: "4.0.0" },
};

export const versionOf = (name) => clients[name].version;

/** One of them: the Node it runs on, the words that start it, and the folder with all that was installed for it. */
export function requireClient(name) {
  const { package: packageName, version, nodeMajor } = clients[name];
  const modules = join(installOnce(name, [`${packageName}@${version}`]), "node_modules");
  const { bin } = JSON.parse(readFileSync(join(modules, packageName, "package.json"), "utf8"));
  const entry = typeof bin === "string" ? bin : (bin[name] ?? Object.values(bin)[0]);
  const node = nodeMajor === undefined ? process.execPath : requireTestTools().nodes[nodeMajor];
  return { node, words: [node, join(modules, packageName, entry)], modules };
}

/** The words that start each of those that the tests need. */
export function requireClients() {
  return { mcporter: requireClient("mcporter").words, inspector: [...requireClient("inspector").words, "--cli"] };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(requireClients());
