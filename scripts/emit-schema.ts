import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

import { configJsonSchema } from "../src/config/config-json-schema.ts";

/** Writes the editors' JSON Schema of the configuration; `dist/mcpass.schema.json` unless a file is named. */
const target = process.argv[2] ?? fileURLToPath(new URL("../dist/mcpass.schema.json", import.meta.url));
mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, `${JSON.stringify(configJsonSchema(), undefined, 2)}\n`);
