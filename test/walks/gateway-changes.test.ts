import { expect, test } from "vitest";

import { httpHost, type HttpHost } from "../rig/http-host.ts";
import { startServing } from "../rig/serving.ts";
import { type Message, modernMeta } from "../rig/stdio-host.ts";
import { waitUntil } from "../rig/wait.ts";
import { openWalk } from "../rig/walk.ts";
import type { Handle } from "../servers/listener.ts";
import { scriptedModernServer, scriptedServer } from "../servers/scripted-mcp.ts";

const note = "mcpass:late/test://note";
const listChanged = "notifications/tools/list_changed";
const updated = "notifications/resources/updated";

interface Upstream {
  readonly handle: Handle;
  /** How many hear it, and how many have subscribed to the note. */
  hearers(): number;
  subscribers(): number;
  tell(method: string, params?: object): void;
}

const upstreams: Readonly<Record<string, () => Upstream>> = {
  "2025-11-25": () => {
    const { handle, got, streams, tell } = scriptedServer(({ answer }) => answer({ content: [] }));
    return { handle, hearers: () => streams.size, subscribers: () => got.filter(({ method, params }) => method === "resources/subscribe" && params.uri === "test://note").length, tell: (method, params) => tell({ method, params }) };
  },
  "2026-07-28": () => {
    const { handle, got, listeners } = scriptedModernServer(() => ({ content: [] }));
    const filters = (): readonly { resourceSubscriptions?: string[] }[] => [...listeners].map(({ id }) => got.find((message) => message.id === id)?.params.notifications ?? {});
    const tell: Upstream["tell"] = (method, params = {}) => {
      for (const { id, response } of listeners) response.write(`data: ${JSON.stringify({ jsonrpc: "2.0", method, params: { ...params, _meta: { "io.modelcontextprotocol/subscriptionId": id } } })}\n\n`);
    };
    return { handle, hearers: () => listeners.size, subscribers: () => filters().filter(({ resourceSubscriptions = [] }) => resourceSubscriptions.includes("test://note")).length, tell };
  },
};

/** It is told of it without having asked anew. The server says it until it is heard: when its stream is open is the gateway's affair. */
async function hears(host: HttpHost, upstream: Upstream, method: string, params?: object): Promise<void> {
  const before = host.messages().length;
  const heard = await waitUntil(() => {
    upstream.tell(method, params);
    return host.messages().slice(before).find((message) => message.method === method);
  }, method);
  if (method === updated) expect(heard.params.uri).toBe(note);
}

for (const [revision, upstream] of Object.entries(upstreams)) {
  test(`what a server of ${revision} tells that is added, put in another's place or taken away while clients listen reaches them without another listen, and nothing of it stays open`, async () => {
    const walk = await openWalk();
    const there = await walk.resource({ guard: "open" });
    await walk.configure({ there: { type: "remote", url: there.url } });
    const serving = await startServing(walk);
    const [older, newer] = [httpHost(`${serving.url}/gateway`, serving.token), httpHost(`${serving.url}/gateway`, serving.token)];
    await older.open();
    newer.send({ id: "listen", method: "subscriptions/listen", params: { notifications: { toolsListChanged: true, resourceSubscriptions: [note] }, ...modernMeta() } });
    await newer.heard("notifications/subscriptions/acknowledged");
    let subscribed = 1;
    for (const party of ["late", "later"]) {
      const late = upstream();
      const { origin } = await walk.bystander(party, late.handle);
      const before = [older, newer].map((host) => host.messages().length);
      expect((await serving.ask("POST", "/mcp", { body: { name: "late", config: { type: "remote", url: `${origin}/mcp`, oauth: false } } })).status).toBe(200);
      await Promise.all([older, newer].map((host, index) => host.heard(listChanged, before[index])));
      // Nobody asks for anything: the older one's session, the newer one's listening.
      await waitUntil(() => late.subscribers() === subscribed, `the subscriptions at ${party}`);
      for (const host of [older, newer]) await hears(host, late, listChanged);
      await hears(newer, late, updated, { uri: "test://note" });
      if (subscribed === 1) expect((await older.request("resources/subscribe", { uri: note })).result).toEqual({});
      subscribed = 2;
      await waitUntil(() => late.subscribers() === 2, `both to have subscribed at ${party}`);
      await hears(older, late, updated, { uri: "test://note" });
      if (party === "late") continue;
      const between = [older, newer].map((host) => host.messages().length);
      expect((await serving.ask("DELETE", "/mcp/late")).status).toBe(200);
      await Promise.all([older, newer].map((host, index) => host.heard(listChanged, between[index])));
      await waitUntil(() => late.hearers() === 0, "the end of every stream");
    }
  });
}

test("at /gateway what is told of a resource names it as the client that follows it does: by its server's own URI or by that of all servers as one, in either era", async () => {
  const walk = await openWalk();
  const other = await walk.resource({ guard: "open", capabilities: ["tools"] });
  const { handle, tell } = scriptedServer(({ answer }) => answer({ content: [] }), { result: ({ method }) => (method === "resources/list" ? { resources: [{ uri: "test://note", name: "note" }] } : undefined) });
  const { origin } = await walk.bystander("late", handle);
  await walk.configure({ other: { type: "remote", url: other.url }, late: { type: "remote", url: `${origin}/mcp`, oauth: false } });
  const serving = await startServing(walk);
  const [older, newer] = [httpHost(`${serving.url}/gateway`, serving.token), httpHost(`${serving.url}/gateway`, serving.token)];
  await older.open();
  let count = 0;
  /** What a host is told in each listening when the server says it of a part of `uri` that is like no other. It says so until all have heard it. */
  const told = async (host: HttpHost, uri: string, listenings: readonly (string | undefined)[] = [undefined]): Promise<unknown[]> => {
    const part = `#${String((count += 1))}`;
    const heard = (listening: string | undefined): Message | undefined => host.messages().find(({ method, params }) => method === updated && params.uri.endsWith(part) && params._meta?.["io.modelcontextprotocol/subscriptionId"] === listening);
    await waitUntil(() => {
      tell({ method: updated, params: { uri: uri + part } });
      return listenings.every((listening) => heard(listening) !== undefined);
    }, uri);
    return listenings.map((listening) => heard(listening)?.params.uri.slice(0, -part.length));
  };
  for (const followed of ["test://note", note, "test://note"]) {
    expect((await older.request("resources/subscribe", { uri: followed })).result).toEqual({});
    expect([await told(older, "test://note"), await told(older, "test://unasked")]).toEqual([[followed], ["mcpass:late/test://unasked"]]);
  }
  for (const [id, uri] of [["own", "test://note"], ["merged", note]] as const) newer.send({ id, method: "subscriptions/listen", params: { notifications: { resourceSubscriptions: [uri, "test://nobody-has-it"] }, ...modernMeta() } });
  expect(await told(newer, "test://note", ["own", "merged"])).toEqual(["test://note", note]);
}, 60_000);

test("whoever has one server open whose entry becomes another is told that it is over, and what they open then is the other", async () => {
  const walk = await openWalk();
  const [first, second] = [await walk.resource({ party: "first", guard: "open", serverName: "first" }), await walk.resource({ party: "second", guard: "open", serverName: "second" })];
  await walk.configure({ example: { type: "remote", url: first.url } });
  const serving = await startServing(walk);
  const host = httpHost(`${serving.url}/gateway/example`, serving.token);
  expect((await host.open()).result.serverInfo.name).toBe("first");
  const listening = await host.listen();
  const newer = httpHost(`${serving.url}/gateway/example`, serving.token);
  const response = await newer.post({ id: "listen", method: "subscriptions/listen", params: { notifications: { toolsListChanged: true }, ...modernMeta() } });
  expect((await serving.ask("POST", "/mcp", { body: { name: "example", config: { type: "remote", url: second.url } } })).status).toBe(200);
  await listening.over;
  expect(await response.text()).toContain("notifications/subscriptions/acknowledged");
  const again = httpHost(`${serving.url}/gateway/example`, serving.token);
  expect((await again.open()).result.serverInfo.name).toBe("second");
});
