export function requireClients(): Readonly<Record<"mcporter" | "inspector", readonly string[]>>;
