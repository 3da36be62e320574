import { expect, test } from "vitest";
import { openWalk } from "../rig/walk.ts";
import { tryingServer } from "../servers/trying-server.ts";

/** In everything that the server says of itself, its instructions too. */
const hostile = " \u001b[35mhere\u001b]0;gone\u0007\u202e\u009b2J";

test("a server that asks during a call is answered in the screen: its question names it, the form is its schema's, the call goes on; nothing it says reaches the terminal raw", async () => {
  const walk = await openWalk();
  const server = await walk.bystander("asking", tryingServer(hostile).handle);
  await walk.configure({ asker: { type: "remote", url: `${server.origin}/mcp` } });
  const session = walk.terminal(["tui"], { env: { LANG: "C.UTF-8" }, columns: 100, rows: 30 });
  await session.waitFor(/• asker +Connected/);
  session.type("t");
  await session.waitFor(/› tidy {2}tidy the notes here/);
  session.type("\r");
  await session.waitFor(/enter call: nothing has to be filled in/);
  session.type("\r");
  await session.waitFor(/asker asks {2}esc cancels · ctrl-d declines\nWhich folder\? here[^]*› folder \*/);
  session.type("home\t \r");
  await session.waitFor(/told \{"action":"accept","content":\{"folder":"home","all":true\}\}/);
  expect(session.screen()).toMatch(/⊙ 1 MCP/);
  session.type("\u001b");
  await session.waitFor(/enter call/);
  session.type("\r");
  await session.waitFor(/Which folder/);
  session.resize(70, 20);
  await session.waitFor(/ctrl-d declines/);
  session.type("\u0004");
  await session.waitFor(/told \{"action":"decline"\}/);
  session.type("\u001b\u001b");
  await session.waitFor(/enter opens/);
  session.type("pay\r");
  await session.waitFor(/enter call/);
  session.type("\r");
  await session.waitFor(/declines\nPay first\. here[^\n]*\nIt wants you to open a page at pay\.example:/);
  session.type("\u001b");
  await session.waitFor(/told \{"action":"cancel"\}/);
  for (const raw of ["\u001b[35m", "\u001b]0;", "\u202e", "\u009b"]) expect(session.raw()).not.toContain(raw);
});
