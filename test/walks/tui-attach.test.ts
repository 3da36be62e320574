import { expect, test } from "vitest";
import { startServing } from "../rig/serving.ts";
import { waitUntil } from "../rig/wait.ts";
import { openWalk } from "../rig/walk.ts";
import { tryingServer } from "../servers/trying-server.ts";

const env = { LANG: "C.UTF-8" };

test("--attach shows the servers of a running mcpass serve: signing in, tools, doctor and signing out go through it, and its token is never shown", async () => {
  const walk = await openWalk();
  const issuer = await walk.issuer();
  const server = await walk.resource({ trusts: issuer });
  await walk.configure({ notes: { type: "remote", url: server.url } });
  const serving = await startServing(walk);
  const session = walk.terminal(["tui", "--attach", serving.url], { browser: walk.browser(), env, columns: 160, rows: 36 });
  await session.waitFor(/• notes +Needs auth[^]*⊙ 0 MCP/);
  session.type("a");
  await session.waitFor(/✓ Signed in to notes as default/);
  session.type("x");
  await session.waitFor(/• notes +Connected[^]*issuer {6}http/);
  expect((await serving.ask("GET", "/mcp")).json).toEqual({ notes: { status: "connected" } });
  session.type("t");
  await session.waitFor(/notes: \d+ tools/);
  session.type("\u001bd");
  await session.waitFor(/verdict: OAuth ready: signed in/);
  session.type("\u001boy");
  await session.waitFor(/Signed out of notes\.[^]*⊙ 0 MCP/);
  expect(session.raw()).not.toContain(serving.token);
  session.type("q");
  expect((await session.ended).exitCode).toBe(0);
});

test("over --attach a server's prompts, resources, progress, cancelling and questions are as without it, and doctor tells leg by leg", async () => {
  const walk = await openWalk();
  const trying = tryingServer();
  const server = await walk.bystander("trying", trying.handle);
  await walk.configure({ trying: { type: "remote", url: `${server.origin}/mcp` }, off: { type: "remote", url: server.origin, enabled: false } });
  const serving = await startServing(walk);
  const session = walk.terminal(["tui", "--attach", serving.url], { env, columns: 100, rows: 30, timeoutMs: 60_000 });
  await session.waitFor(/• off +Disabled[^]*• trying +Connected/);
  session.type("jt");
  await session.waitFor(/trying: 3 tools, 1 prompt, 1 resource/);
  session.type("count\r");
  await session.waitFor(/enter call: nothing/);
  session.type("\r");
  await session.waitFor(/\[#{10}-{30}\] 25 %\s+one of four/);
  session.type("\u001b");
  await session.waitFor(/[Cc]ancelled/);
  await waitUntil(() => trying.cancelled.length === 1, "the server to hear that the call was cancelled");
  session.type("\u001b");
  await session.waitFor(/enter call/);
  session.type("\u001b");
  await session.waitFor(/enter opens/);
  session.type("\u0015summary\r");
  await session.waitFor(/topic \*/);
  session.type("milk\r");
  await session.waitFor(/user:\s+Sum up milk\./);
  session.type("\u001b\u001b");
  await session.waitFor(/enter opens/);
  session.type("\u0015today\r");
  await session.waitFor(/enter get/);
  session.type("\r");
  await session.waitFor(/notes:\/\/\/today\s+Milk, bread\./);
  session.type("\u001b\u001b");
  await session.waitFor(/enter opens/);
  session.type("\u0015tidy\r");
  await session.waitFor(/enter call/);
  session.type("\r");
  await session.waitFor(/trying asks {2}esc cancels · ctrl-d declines\s+Which folder\?/);
  session.type("home\r");
  await session.waitFor(/told \{"action":"accept","content":\{"folder":"home","all":false\}\}/);
  session.type("\u001b\u001b\u001bd");
  await session.waitFor(/✓ reach[^]*verdict: open/);
  session.type("q");
  await session.waitFor(/enter details/);
  session.type("q");
  expect((await session.ended).exitCode).toBe(0);
});

test("--attach to nobody says so on the ordinary screen, and this machine's token is shown to no other", async () => {
  const walk = await openWalk();
  const nobody = walk.terminal(["tui", "--attach", "http://127.0.0.1:9"], { env });
  await nobody.waitFor(/error: mcpass serve did not answer at http:\/\/127\.0\.0\.1:9\.\n+hint: mcpass serve/);
  expect((await nobody.ended).exitCode).toBe(1);
  for (const [url, said] of [["http://mcp.example:4190", /would go over plain HTTP/], ["https://mcp.example", /set MCPASS_TOKEN/], ["nonsense", /is no address of a mcpass serve/]] as const) {
    const session = walk.terminal(["tui", "--attach", url], { env });
    await session.waitFor(said);
    await session.ended;
  }
});
