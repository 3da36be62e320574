import { boolean } from "../../../config/schema.ts";
import { addBody, serverDetails, statusMap } from "../answer-schemas.ts";
import type { Api } from "../api.ts";
import { describeServer } from "../server-details.ts";
import { jsonRoute, type Route } from "../route.ts";

/** The servers and their connections. */
export function serverRoutes({ manager, firstTries }: Api): readonly Route[] {
  return [
    jsonRoute({
      method: "get",
      path: "/mcp",
      operationId: "mcp.status",
      summary: "Get MCP status",
      description: "The status of every server, from memory. The first call after the start waits, at most ten seconds, until each server was tried once.",
      refusals: [],
      answer: { description: "MCP server status", schema: statusMap },
      handle: async () => {
        await firstTries();
        return manager.status();
      },
    }),
    addition(manager),
    jsonRoute({
      method: "get",
      path: "/mcp/{name}",
      operationId: "mcp.get",
      summary: "Get everything that is known of a server",
      description: "Issuer, account, scopes, expiry, the last error and the next command; no secret.",
      refusals: [404, 503],
      answer: { description: "The server", schema: serverDetails },
      handle: ({ name }) => describeServer(manager, name),
    }),
    jsonRoute({
      method: "delete",
      path: "/mcp/{name}",
      operationId: "mcp.remove",
      summary: "Remove MCP server",
      description: "Ends its connection and takes it out of this process. Files and sign-ins stay as they are.",
      refusals: [404],
      answer: { description: "The servers that are left", schema: statusMap },
      handle: async ({ name }) => {
        await manager.remove(name);
        return manager.status();
      },
    }),
    ...connectionRoutes(manager),
  ];
}

function addition(manager: Api["manager"]): Route {
  return jsonRoute({
    method: "post",
    path: "/mcp",
    operationId: "mcp.add",
    summary: "Add MCP server",
    description: "Adds a server for the time of this process, in place of one of that name, and connects to it. Files stay as they are.",
    body: { schema: addBody },
    refusals: [400, 403],
    answer: { description: "MCP server added successfully", schema: statusMap },
    handle: async ({ body: { name, config } }) => {
      await manager.add(name, config);
      await tryToConnect(manager, name);
      return manager.status();
    },
  });
}

function connectionRoutes(manager: Api["manager"]): readonly Route[] {
  return [
    jsonRoute({
      method: "post",
      path: "/mcp/{name}/connect",
      operationId: "mcp.connect",
      summary: "Connect an MCP server",
      description: "Tries once. `false`: it is not connected, and `GET /mcp` says why.",
      refusals: [404],
      answer: { description: "Whether it is connected now", schema: boolean() },
      handle: async ({ name }) => {
        manager.snapshot(name);
        return tryToConnect(manager, name);
      },
    }),
    jsonRoute({
      method: "post",
      path: "/mcp/{name}/disconnect",
      operationId: "mcp.disconnect",
      summary: "Disconnect an MCP server",
      description: "Ends the connection, which stays down until it is asked for, also for clients of the gateway.",
      refusals: [404],
      answer: { description: "MCP server disconnected successfully", schema: boolean() },
      handle: async ({ name }) => {
        await manager.disconnect(name);
        return true;
      },
    }),
  ];
}

/** Why not is in the server's status, which has one writer. X06 */
async function tryToConnect(manager: Api["manager"], name: string): Promise<boolean> {
  try {
    const connection = await manager.connect(name);
    // The one that stays opens before this one, which nobody keeps, is closed.
    await manager.tools(name).finally(() => connection.close());
  } catch {
    return false;
  }
  return manager.status()[name]?.status === "connected";
}
