// Authorization servers written by others, too heavy for devDependencies (about 210 MB): installed from npm into an ignored folder, per
// platform and list of packages, once. `node test/servers/independent/install.mjs` does it ahead of the tests; without it the first test that needs one does.
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installOnce } from "../../../scripts/install-once.mjs";

/** The newest that run on Node 20: miniflare's later releases want Node 22, kysely 0.29 too. */
export const packages = [
  "@cloudflare/workers-oauth-provider@1.2.3",
  "miniflare@4.20260426.0",
  "better-auth@1.7.5",
  "@better-auth/oauth-provider@1.7.5",
  "kysely@0.28.18",
  "@node-oauth/oauth2-server@5.3.0",
  "@modelcontextprotocol/sdk@1.32.2",
];

/** The folder whose node_modules has them all; installs them first when they are not there. */
export function requireAuthorizationServers() {
  return installOnce("authorization-servers", packages);
}

/** Where a package's module is, by the rules of `import`, as a path. */
export function pathOfModule(specifier) {
  return createRequire(join(requireAuthorizationServers(), "package.json")).resolve(specifier);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(requireAuthorizationServers());
