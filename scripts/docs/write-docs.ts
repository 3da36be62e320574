import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { apiPage, exampleBlock, readApi } from "./api-page.ts";
import { authorizationServersTable } from "./authorization-servers-table.ts";
import { configurationTables } from "./configuration-tables.ts";
import { fieldNotesPage } from "./field-notes-page.ts";
import { withPart } from "./generated-part.ts";
import { clientTypes, httpDocumentText, httpTables } from "./http-api.ts";
import { tourOf } from "./tour.ts";
import { troubleshootingPage } from "./troubleshooting-page.ts";

// This file runs bundled, from .cache/scripts, which may be a link into another working tree: npm starts it in the right one.
const root = process.cwd();

function change(file: string, make: (page: string) => string): void {
  const path = join(root, file);
  writeFileSync(path, make(readFileSync(path, "utf8")));
}

function demoOutput(): string {
  const directory = mkdtempSync(join(tmpdir(), "mcpass-docs-"));
  const file = join(directory, "output.txt");
  const written = openSync(file, "w");
  try {
    execFileSync(process.execPath, [join(root, "scripts/demo.mjs")], { stdio: ["ignore", written, written] });
    return readFileSync(file, "utf8");
  } finally {
    closeSync(written);
    rmSync(directory, { recursive: true });
  }
}

writeFileSync(join(root, "docs/api.md"), apiPage(await readApi(root)));
change("docs/library.md", (page) => withPart(page, "ten lines", exampleBlock(root, "ten-lines")));
writeFileSync(join(root, "docs/troubleshooting.md"), troubleshootingPage());
writeFileSync(join(root, "docs/field-notes.md"), fieldNotesPage(root));
writeFileSync(join(root, "docs/openapi.json"), httpDocumentText());
writeFileSync(join(root, "test/surfaces/http/generated-client.ts"), await clientTypes());
change("docs/http.md", (page) => Object.entries(httpTables()).reduce((text, [name, table]) => withPart(text, name, table), page));
change("docs/authorization-servers.md", (page) => withPart(page, "differences", authorizationServersTable()));
change("docs/configuration.md", (page) => Object.entries(configurationTables()).reduce((text, [name, table]) => withPart(text, name, table), page));
change("README.md", (page) => withPart(page, "tour", `\`\`\`console\n${tourOf(demoOutput())}\n\`\`\``));
