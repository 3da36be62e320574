// MCP clients by others that are started as they are. mcporter wants Node 24 and the inspector 22, and both are heavy (200 MB), so they are no devDependencies:
// installed from npm into an ignored folder, once. `node test/rig/other-clients.mjs` does it ahead of the tests; without it the first test that needs one does.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installOnce } from "../../scripts/install-once.mjs";
import { requireTestTools } from "../../scripts/test-tools.mjs";

/** The words that start each of them. */
export function requireClients() {
  const modules = join(installOnce("clients", ["mcporter@0.12.3", "@modelcontextprotocol/inspector@2.12.0"]), "node_modules");
  const node = requireTestTools().nodes[24];
  return {
    mcporter: [node, join(modules, "mcporter/dist/cli.js")],
    inspector: [node, join(modules, "@modelcontextprotocol/inspector/clients/launcher/build/index.js"), "--cli"],
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(requireClients());
