import { randomBytes } from "node:crypto";
import { startAuthorizationServer } from "../../test/servers/authorization-server.ts";
import { createLedger, type Ledger } from "../../test/servers/ledger.ts";
import { startOidcServer } from "../../test/servers/oidc.ts";
import { startResourceServer, type ServedTool } from "../../test/servers/resource-server.ts";

export interface DemoServers {
  /** For `mcp` of a configuration. */
  readonly entries: Readonly<Record<string, object>>;
  /** What `{env:…}` in the entries stands for. */
  readonly environment: Readonly<Record<string, string>>;
  /** Every request that any of them got; the parties are notes, its issuer, open, keyed, closed and closed's issuer. */
  readonly ledger: Ledger;
  stop(): Promise<void>;
}

/** The four servers of the demonstration and their authorization servers, each on a port of its own. */
export async function startDemoServers(): Promise<DemoServers> {
  const ledger = createLedger();
  const opened: { stop(): Promise<void> }[] = [];
  const keep = <T extends { stop(): Promise<void> }>(server: T): T => {
    opened.push(server);
    return server;
  };
  const issuer = keep(await startOidcServer(ledger, { party: "issuer", scopes: ["notes:read", "notes:write"] }));
  const closedIssuer = keep(await startAuthorizationServer(ledger, { party: "closed issuer", registration: "off" }));
  // Its resource metadata is at /.well-known/oauth-protected-resource/example-server and names an issuer on another port.
  const notes = keep(await startResourceServer(ledger, { party: "notes", serverName: "notes", path: "/example-server", trusts: issuer, scopesSupported: ["notes:read", "notes:write"], tools: noteTools() }));
  const open = keep(await startResourceServer(ledger, { party: "open", serverName: "open" }));
  const key = randomBytes(16).toString("hex");
  const keyed = keep(await startResourceServer(ledger, { party: "keyed", serverName: "keyed", guard: "static-bearer", staticBearer: key }));
  const closed = keep(await startResourceServer(ledger, { party: "closed", serverName: "closed", trusts: closedIssuer }));
  return {
    ledger,
    environment: { DEMO_KEY: key },
    entries: {
      notes: { type: "remote", url: notes.url },
      open: { type: "remote", url: open.url },
      keyed: { type: "remote", url: keyed.url, headers: { Authorization: "Bearer {env:DEMO_KEY}" } },
      closed: { type: "remote", url: closed.url },
    },
    async stop() {
      for (const server of opened.splice(0).toReversed()) await server.stop();
    },
  };
}

function noteTools(): ServedTool[] {
  const notes = ["Milk, bread, coffee", "Call the plumber about the coffee machine"];
  return [
    {
      name: "search",
      description: "Finds notes that contain a text",
      inputSchema: { type: "object", properties: { query: { type: "string" } }, required: ["query"] },
      run: ({ query }) => notes.filter((note) => note.toLowerCase().includes(String(query).toLowerCase())).join("\n"),
    },
    {
      name: "add",
      description: "Writes a note down",
      inputSchema: { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
      run: ({ text }) => `Note ${notes.push(String(text))} written.`,
    },
  ];
}
