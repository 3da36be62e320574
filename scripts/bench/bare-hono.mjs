// The floor of the HTTP rows: one Hono route that answers with the JSON it is given as its argument. Prints its URL; ends when it is told to.
import { serve } from "@hono/node-server";
import { Hono } from "hono";

const body = JSON.parse(process.argv[2] ?? "{}");
const app = new Hono().get("/mcp", (context) => context.json(body));
serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) => console.log(`http://127.0.0.1:${port}/mcp`));
