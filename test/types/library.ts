// Never run: compiled against the published types by test/package.test.ts, where every line that should not compile must not.
import {
  type AuthorizedFetch, createAuthorizedFetch, createManager, type CreateManagerOptions, type ErrorCode, findMcpassError, type Manager, McpassError, type McpassEvent, openFileVault, openMemoryVault, openPostgresVault,
  type PublicStatus, type ServerConfig, type ServerSnapshot, type StartedAuth, type Tool, type Vault,
} from "mcpass";

export async function everything(): Promise<void> {
  const manager: Manager = await createManager();
  const options: CreateManagerOptions = {
    servers: { notes: { type: "remote", url: "https://mcp.example.com/mcp", oauth: { clientId: "a", scope: "+read" } }, child: { type: "local", command: ["node", "server.mjs"] }, free: { type: "remote", url: "https://free.example.com/", oauth: false } },
    configuration: false,
    fetch,
    lookup: async () => ["203.0.113.7"],
    now: () => 0,
    openBrowser: async () => ({ opened: true }),
    vault: openMemoryVault(),
  };
  await createManager(options);
  const snapshots: readonly ServerSnapshot[] = manager.list();
  const tools: readonly Tool[] = await manager.tools("notes", { signal: AbortSignal.timeout(1000) });
  const started: StartedAuth = await manager.startAuth("notes");
  await manager.finishAuth("notes", { url: started.authorizationUrl });
  await manager.finishAuth("notes", { code: "c", state: started.oauthState, iss: "https://login.example.com" });
  const done = await manager.authenticate("notes", { openBrowser: false, onAuthorization: ({ url }) => void url.length });
  if (done.kind === "signed-in") done.grant.scopes.join(done.verified ? " " : ",");
  // @ts-expect-error there is no grant where no sign-in is needed
  if (done.kind === "not-needed") done.grant.scopes.join(" ");
  const result = await manager.callTool("notes", "search", { query: tools[0]?.inputSchema["type"] ?? snapshots.length });
  result.content[0]?.text?.trim();
  const signed: AuthorizedFetch = createAuthorizedFetch("notes", { manager });
  const standIn: (input: string | URL | Request, init?: RequestInit) => Promise<Response> = signed;
  await standIn("/x");
  const vaults: readonly Vault[] = [openFileVault({ directory: "v" }), openPostgresVault({ address: "postgres://…", directory: "v" })];
  await vaults[0]?.close();
}

export function shapes(status: PublicStatus, event: McpassEvent, thrown: unknown, server: ServerConfig): string {
  const error: McpassError | undefined = findMcpassError(thrown);
  const code: ErrorCode | undefined = error?.code;
  if (event.type === "grant.renewed") return String(event.expiresAt);
  // @ts-expect-error told by another event only
  if (event.type === "server.status") return String(event.expiresAt);
  if (status.status === "failed") return status.error;
  // @ts-expect-error a status that is connected has no error
  if (status.status === "connected") return status.error;
  return server.type === "local" ? server.command.join(" ") : `${server.url}${code ?? ""}`;
}

export async function refused(manager: Manager): Promise<void> {
  // @ts-expect-error a remote server has a url
  await createManager({ servers: { notes: { type: "remote" } } });
  // @ts-expect-error of two kinds
  await createManager({ servers: { notes: { type: "http", url: "https://mcp.example.com/mcp" } } });
  // @ts-expect-error a fetch answers
  await createManager({ fetch: () => undefined });
  // @ts-expect-error milliseconds, not a date
  await createManager({ now: () => new Date() });
  // @ts-expect-error the arguments of a tool are an object
  await manager.callTool("notes", "search", "query");
  // @ts-expect-error a code or a url
  await manager.finishAuth("notes", { state: "s" });
  // @ts-expect-error codes are closed
  throw new McpassError("no_such_code", "x");
}

export function readOnly(manager: Manager): void {
  // @ts-expect-error a snapshot is for reading
  manager.snapshot("notes").status = "connected";
  // @ts-expect-error so is the map of statuses
  manager.status()["notes"] = { status: "connected" };
}
