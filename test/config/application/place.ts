import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Application } from "../../../src/config/application/application.ts";
import { applications } from "../../../src/config/application/applications.ts";
import { install, type Installation, type InstallOptions } from "../../../src/config/application/install.ts";
import { type Removal, uninstall } from "../../../src/config/application/uninstall.ts";
import { workspace, type Workspace } from "../workspace.ts";

export const named = (name: string): Application => applications.find((each) => each.name === name)!;
const words = (server: string): readonly string[] => ["mcpass", "bridge", server];
const url = (server: string): string => `https://${server}.example.com/mcp`;

export interface Place {
  readonly space: Workspace;
  readonly path: string;
  put(text: string): Promise<void>;
  text(): Promise<string>;
  install(servers: readonly string[], options?: Partial<InstallOptions>): Promise<Installation>;
  uninstall(names?: readonly string[], print?: boolean): Promise<Removal>;
  files(): Promise<readonly string[]>;
}

/** A file of an application, with this text in it, in a home of its own. */
export async function place(application: Application, text?: string): Promise<Place> {
  const space = await workspace();
  const path = join(space.root, "there", application.language === "toml" ? "config.toml" : "mcp.json");
  await mkdir(dirname(path));
  const put = async (content: string): Promise<void> => writeFile(path, content, { mode: 0o600 });
  if (text !== undefined) await put(text);
  return {
    space,
    path,
    put,
    text: () => readFile(path, "utf8"),
    install: (servers, options = {}) => install(space.runtime, { application, path, wanted: servers.map((server) => ({ server, url: url(server), entry: application.entryFor(words(server)) })), replace: false, print: false, ...options }),
    uninstall: (names = [], print = false) => uninstall(space.runtime, { application, path, names, print }),
    files: () => readdir(dirname(path)),
  };
}

export const kinds = ({ entries }: Installation | Removal): unknown => Object.fromEntries(entries.map(({ server, kind }) => [server, kind]));

export const cursor = named("cursor");

export const commented = `// mine, with care
{
  "theme":   "dark",  /* as it is */
  "mcpServers": {
    "notes": { "url": "https://notes.example.com/mcp", "headers": { "Authorization": "Bearer s" } }, // direct
    "other":{"command":"npx","args":[ "x" ]} // keep me
  },
  "list": [1,2,
    3]
}
`;

/** Every character of the text in its order, with others in between. */
export function hasAllOf(edited: string, text: string): boolean {
  let at = 0;
  for (const character of edited) if (character === text[at]) at += 1;
  return at === text.length;
}
