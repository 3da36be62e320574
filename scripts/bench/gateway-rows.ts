import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { join } from "node:path";

import type { HttpBench } from "./http-rows.ts";
import { type Command, median, runOnce } from "./measure.ts";
import { signInToNotes } from "./signed-in.ts";
import type { Row } from "./table.ts";

const atOnce = 64;

/** The gateway of `mcpass serve`, signed in, beside a reverse proxy that puts the same token on each request to the same server. */
export async function gatewayRows(bench: HttpBench): Promise<readonly Row[]> {
  const { root, mcpass } = bench;
  const notes = await signInToNotes(bench, "gateway");
  const { environment, authorization, ledger } = notes;
  const token = (await runOnce(mcpass("token", ["serve", "--print-token"], environment))).stdout.trim();
  const serving = start(mcpass("serve", ["serve", "--port", "0"], environment));
  const proxy = start({ name: "floor", words: [process.execPath, join(root, "scripts/bench/bare-proxy.mjs"), notes.url, authorization], environment });
  try {
    const gateway = `${await firstUrl(serving)}/gateway`;
    const bare = { url: await firstUrl(proxy), authorization };
    return [...(await beside("/gateway/notes", { url: `${gateway}/notes`, authorization: `Bearer ${token}` }, bare, "add_numbers", ledger.clear)), ...(await beside("/gateway", { url: gateway, authorization: `Bearer ${token}` }, bare, "notes__add_numbers", ledger.clear)).slice(0, 1)];
  } finally {
    await Promise.all([stop(serving), stop(proxy), notes.stop()]);
  }
}

interface Place {
  readonly url: string;
  readonly authorization: string;
}

async function beside(what: string, ours: Place, bare: Place, tool: string, forget: () => void): Promise<readonly Row[]> {
  const clients = [await openClient(ours, tool), await openClient(bare, "add_numbers")] as const;
  const alone = clients.map((): number[] => []);
  const together = clients.map((): number[] => []);
  for (const client of clients) await client.calls(atOnce, 300);
  // In turn, so that whatever else the machine does meets both alike.
  for (let turn = 0; turn < 5; turn += 1) {
    for (const [index, client] of clients.entries()) {
      alone[index]?.push(...(await client.calls(1, 200)));
      const startedAt = performance.now();
      await client.calls(atOnce, 1_000);
      together[index]?.push(performance.now() - startedAt);
      forget();
    }
  }
  for (const client of clients) client.end();
  const ratio = ([one = [], other = []]: readonly number[][]): number => median(one) / median(other);
  return [
    { what: `a call through \`${what}\`, p50`, beside: "a bare reverse proxy", ratio: ratio(alone), limit: 1.5 },
    { what: `time per call through \`${what}\`, 64 at once`, beside: "a bare reverse proxy", ratio: ratio(together), limit: 2 },
  ];
}

/** A client of 2025-11-25 in a session. */
async function openClient({ url, authorization }: Place, tool: string): Promise<{ calls(atOnce: number, count: number): Promise<readonly number[]>; end(): void }> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const headers: Record<string, string> = { authorization, "content-type": "application/json", accept: "application/json, text/event-stream" };
  const send = (message: object): Promise<string> =>
    new Promise((resolve, reject) => {
      const asked = request(url, { agent, method: "POST", headers }, (answer) => {
        const session = answer.headers["mcp-session-id"];
        if (typeof session === "string") headers["mcp-session-id"] = session;
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => (text += chunk)).once("end", () => resolve(text));
      });
      asked.once("error", reject);
      asked.end(JSON.stringify({ jsonrpc: "2.0", ...message }));
    });
  await send({ id: 0, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "bench", version: "0" } } });
  await send({ method: "notifications/initialized" });
  let id = 0;
  const call = async (): Promise<void> => {
    id += 1;
    const text = await send({ id, method: "tools/call", params: { name: tool, arguments: { a: 2, b: 3 } } });
    if (!text.includes('"5"')) throw new Error(`${url} answered ${text.slice(0, 300)}`);
  };
  return {
    calls: async (most, count) => {
      const took: number[] = [];
      let left = count;
      const work = async (): Promise<void> => {
        while ((left -= 1) >= 0) {
          const startedAt = performance.now();
          await call();
          took.push(performance.now() - startedAt);
        }
      };
      await Promise.all(Array.from({ length: most }, work));
      return took;
    },
    end: () => agent.destroy(),
  };
}

function start({ words: [program = "", ...rest], environment = {} }: Command): ChildProcess {
  return spawn(program, rest, { env: { PATH: process.env["PATH"] ?? "", ...environment }, stdio: ["ignore", "pipe", "ignore"] });
}

async function firstUrl(child: ChildProcess): Promise<string> {
  let text = "";
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    const [url] = /http:\/\/\S+(?=\s)/.exec(text) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error(`it ended: ${text}`);
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill("SIGTERM");
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}
