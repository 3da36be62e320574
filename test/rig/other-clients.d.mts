type Name = "mcporter" | "inspector" | "mcp-remote" | "supergateway";

export function versionOf(name: Name): string;
export function requireClient(name: Name): { readonly node: string; readonly words: readonly string[]; readonly modules: string };
export function requireClients(): Readonly<Record<"mcporter" | "inspector", readonly string[]>>;
