import { createServer, get, type IncomingMessage, type ServerResponse } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { createEventHub, type EventHub, type EventHubOptions } from "../../../src/surfaces/http/event-hub.ts";
import { listenSomewhere } from "./listen-somewhere.ts";
import { waitUntil } from "../../rig/wait.ts";

interface Seen {
  readonly id: string | undefined;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

interface Reader {
  readonly seen: Seen[];
  readonly answer: IncomingMessage;
  readonly lastId: () => string | undefined;
  readonly waitFor: (count: number) => Promise<readonly Seen[]>;
}

async function open(options: Partial<EventHubOptions> = {}): Promise<{ hub: EventHub; read: (lastEventId?: string) => Promise<Reader> }> {
  const hub = createEventHub({ run: "run1", heartbeatMs: 60_000, ...options });
  const url = await listenSomewhere(createServer((incoming, outgoing: ServerResponse) => {
    try {
      const last = incoming.headers["last-event-id"];
      hub.attach(outgoing, Array.isArray(last) ? last[0] : last);
    } catch {
      outgoing.writeHead(503).end();
    }
  }));
  onTestFinished(() => hub.close());
  return { hub, read: (lastEventId) => startReading(url, lastEventId) };
}

async function startReading(url: string, lastEventId: string | undefined): Promise<Reader> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => get(url, { agent: false, headers: lastEventId === undefined ? {} : { "last-event-id": lastEventId } }, resolve).on("error", reject));
  onTestFinished(() => void answer.destroy());
  const seen: Seen[] = [];
  let rest = "";
  answer.on("error", () => undefined);
  answer.setEncoding("utf8").on("data", (text: string) => {
    const frames = (rest + text).split("\n\n");
    rest = frames.pop() ?? "";
    for (const frame of frames) {
      const data = JSON.parse(/^data: (.*)$/m.exec(frame)?.[1] ?? "") as { type: string; properties: Record<string, unknown> };
      seen.push({ id: /^id: (.*)$/m.exec(frame)?.[1], type: data.type, properties: data.properties });
    }
  });
  return { seen, answer, lastId: () => seen.findLast(({ id }) => id !== undefined)?.id, waitFor: (count) => waitUntil(() => seen.length >= count && seen, `${String(count)} events`) };
}

const typesOf = (seen: readonly Seen[]): readonly string[] => seen.map(({ type }) => type);

test("everybody who listens is told, in order, as a stream of events", async () => {
  const { hub, read } = await open();
  const [one, other] = [await read(), await read()];
  expect(one.answer.headers["content-type"]).toBe("text/event-stream; charset=utf-8");
  await Promise.all([one.waitFor(1), other.waitFor(1)]);
  hub.publish("mcp.status.changed", { server: "a\n\ndata: forged" });
  hub.publish("mcp.tools.changed", { server: "b" });
  for (const reader of [one, other]) {
    expect(typesOf(await reader.waitFor(3))).toEqual(["server.connected", "mcp.status.changed", "mcp.tools.changed"]);
    expect(reader.seen[1]?.properties).toEqual({ server: "a\n\ndata: forged" });
  }
});

test("who comes back with the id of the last event they saw is given what they missed, and nothing twice", async () => {
  const { hub, read } = await open();
  const first = await read();
  await first.waitFor(1);
  hub.publish("mcp.status.changed", { server: "a" });
  await first.waitFor(2);
  first.answer.destroy();
  hub.publish("mcp.status.changed", { server: "b" });
  hub.publish("mcp.status.changed", { server: "c" });
  const second = await read(first.lastId());
  await second.waitFor(3);
  hub.publish("mcp.status.changed", { server: "d" });
  const seen = await second.waitFor(4);
  expect(seen[0]).toMatchObject({ type: "server.connected", properties: { resumed: true } });
  expect(seen.slice(1).map(({ properties }) => properties["server"])).toEqual(["b", "c", "d"]);
  const ids = [...first.seen, ...seen].filter(({ type }) => type !== "server.connected").map(({ id }) => id);
  expect(ids).toEqual(["evt_run1_1", "evt_run1_2", "evt_run1_3", "evt_run1_4"]);
});

test("who saw only the greeting misses nothing either", async () => {
  const { hub, read } = await open();
  const first = await read();
  await first.waitFor(1);
  first.answer.destroy();
  hub.publish("mcp.status.changed", { server: "a" });
  expect(typesOf(await (await read(first.lastId())).waitFor(2))).toEqual(["server.connected", "mcp.status.changed"]);
});

test("what is too long ago, of another run or no id at all is not resumed, and that is said", async () => {
  const { hub, read } = await open({ kept: 3 });
  for (const server of ["a", "b", "c", "d", "e"]) hub.publish("mcp.status.changed", { server });
  for (const id of ["evt_run1_1", "evt_run0_4", "evt_run1_6", "evt_run1_-1", "evt_run1_x", "", "5", "evt_run1_1e3"]) {
    const [greeting] = await (await read(id)).waitFor(1);
    expect({ id, greeting: greeting?.properties }).toEqual({ id, greeting: { resumed: false } });
  }
  expect((await (await read("evt_run1_2")).waitFor(4)).slice(1).map(({ properties }) => properties["server"])).toEqual(["c", "d", "e"]);
});

test("a heartbeat comes by itself and changes nothing about where one was", async () => {
  const { read } = await open({ heartbeatMs: 20 });
  const reader = await read();
  const seen = await reader.waitFor(3);
  expect(seen.slice(1, 3)).toEqual([{ id: undefined, type: "server.heartbeat", properties: {} }, { id: undefined, type: "server.heartbeat", properties: {} }]);
});

test("a flood of listeners is refused from a number on, and a listener that does not read is cut off instead of being kept for", async () => {
  const { hub, read } = await open({ mostListeners: 2, kept: 10 });
  const [lazy, other] = [await read(), await read()];
  expect((await read()).answer.statusCode).toBe(503);
  lazy.answer.pause();
  const text = "x".repeat(200_000);
  for (let sent = 0; sent < 200 && hub.listeners === 2; sent += 1) {
    hub.publish("mcp.status.changed", { text });
    await new Promise((done) => setImmediate(done));
  }
  expect(hub.listeners).toBe(1);
  hub.publish("last", {});
  await waitUntil(() => other.seen.at(-1)?.type === "last", "the other listener to hear everything");
  expect((await read()).answer.statusCode).toBe(200);
}, 60_000);
