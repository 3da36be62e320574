// A program that embeds mcpass, as the documentation shows it: node embed.mjs WHAT URL [ADDRESS]. Prints one line of JSON.
import { createAuthorizedFetch, createManager, McpassError } from "mcpass";

const [what, url, address] = process.argv.slice(2);
const manager = await createManager({ servers: { notes: { type: "remote", url } } });
const answers = {
  "sign-in": async () => {
    const { kind } = await manager.authenticate("notes");
    const tools = await manager.tools("notes");
    const { content } = await manager.callTool("notes", "add_numbers", { a: 20, b: 22 });
    return { kind, tools: tools.map(({ name }) => name), sum: content[0].text, status: manager.status() };
  },
  call: async () => ({ who: (await manager.callTool("notes", "whoami", {})).content[0].text }),
  fetch: async () => {
    const fetch = createAuthorizedFetch(url);
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "embed", version: "1" } } });
    const answer = await fetch(url, { method: "POST", body, headers: { "content-type": "application/json", accept: "application/json, text/event-stream" } });
    await fetch.close();
    return { status: answer.status, type: answer.headers.get("content-type"), text: (await answer.text()).slice(0, 60) };
  },
  // Waits for a browser that somebody else opens.
  start: async () => {
    console.log(JSON.stringify(await manager.startAuth("notes")));
    const { kind } = await manager.authenticate("notes", { openBrowser: false });
    return { kind };
  },
  finish: async () => {
    const { kind } = await manager.finishAuth("notes", { url: address });
    return { kind, status: manager.status() };
  },
  "sign-out": async () => {
    const { forgotten, revoked } = await manager.removeAuth("notes");
    return { forgotten, revoked, status: manager.status() };
  },
};

try {
  console.log(JSON.stringify(await answers[what]()));
} catch (error) {
  console.log(JSON.stringify({ isMcpassError: error instanceof McpassError, error }));
  process.exitCode = 1;
} finally {
  await manager.close();
}
