import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { findChromium } from "../test-tools.mjs";
import { waitUntil } from "../../test/rig/wait.ts";
import type { TerminalSession } from "../../test/rig/terminal.ts";
import { dark, light, type Look, openPainter } from "./picture.ts";
import { stableTexts } from "./stable.ts";
import { openStage } from "./stage.ts";

// This file runs bundled, from .cache/scripts. `npm run screens`: the pictures of docs/screens, of the real program in a pseudo-terminal.
const root = resolve(import.meta.dirname, "../..");
const directory = join(root, "docs/screens");
const mostBytes = 150_000;

const executable = findChromium(console.error);
if (executable === undefined) throw new Error("the pictures are drawn by Chromium, and there is none");
mkdirSync(directory, { recursive: true });
const painter = await openPainter(executable);
const stage = await openStage(root);
const stable = stableTexts();

async function picture(name: string, session: TerminalSession, look: Look = dark): Promise<void> {
  const png = await painter.paint(stable(session.looks()), look);
  if (png.length > mostBytes) throw new Error(`${name}.png has ${String(png.length)} bytes: too many`);
  writeFileSync(join(directory, `${name}.png`), png);
  console.log(`docs/screens/${name}.png  ${String(Math.round(png.length / 1000))} kB`);
}

async function signedOut(): Promise<void> {
  const session = stage.open({ columns: 108, rows: 26 });
  await session.waitFor(/closed +Needs client ID[^]*keyed +Connected[^]*notes +Needs auth[^]*open +Connected[^]*tasks +Connected/);
  session.type("jj");
  await session.waitFor(/› • notes/);
  // The notice has eight seconds, and is not what this picture is about.
  await session.waitFor(/^(?![^]*needs a sign-in: select)/, 15_000);
  await session.waitFor(/signed in +nobody/);
  await picture("servers", session);
  session.type("s");
  await session.waitFor(/Status {2}esc/);
  await picture("status-light", session, light);
  session.type("\u001b");
  await session.waitFor(/enter details/);
  session.type("a");
  await session.waitFor(/Waiting for the browser… 9:5\d/);
  await picture("sign-in", session);
  const [address = ""] = (await session.waitFor(/http:\S+code_challenge=\S+/)) as readonly string[];
  await stage.approve(address);
  await session.waitFor(/Signed in to notes/);
  session.type("x");
  await session.waitFor(/• notes +Connected[^]*issuer[^]*renewals/);
  await session.waitFor(/^(?![^]*✓ Signed in to notes as [^\n]*\n⊙)/, 15_000);
  await picture("signed-in", session);
  session.type("\u001b[Hd");
  await session.waitFor(/verdict:/);
  await picture("doctor", session);
  session.type("qq");
  await session.ended;
}

async function trying(): Promise<void> {
  const session = stage.open({ columns: 92, rows: 22 });
  await session.waitFor(/tasks +Connected/);
  session.type("\u001b[Ft");
  await session.waitFor(/tasks: 3 tools, 1 prompt, 1 resource/);
  session.type("count\r");
  await session.waitFor(/enter call/);
  session.type("\r");
  await session.waitFor(/25 %/);
  stage.release();
  await session.waitFor(/space folds/);
  session.type("jjjjj");
  await waitUntil(() => session.looks().some((row) => row.some(({ inverse, text }) => inverse && text.includes("notes: {"))), "the branch to be chosen");
  await picture("result", session);
  session.type("\u001b\u001b");
  await session.waitFor(/enter opens/);
  session.type("\u0015tidy\r");
  await session.waitFor(/enter call/);
  session.type("\r");
  await session.waitFor(/ctrl-d declines/);
  session.type("home");
  await session.waitFor(/home/);
  await picture("question", session);
  session.type("\u001b\u0003");
  await session.ended;
}

try {
  await signedOut();
  await trying();
} finally {
  await stage.stop();
  await painter.close();
}
