import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { splitWords } from "../../../src/base/split-words.ts";
import { chooseBrowser } from "../../../src/surfaces/node/browser-command.ts";
import { createOpenBrowser } from "../../../src/surfaces/node/open-browser.ts";

const eightAmpersands = "https://issuer.example/authorize?a=1&b=2&c=3&d=4&e=5&f=6&g=7&h=8&i=%20%22";
let folder: string;
let recorded: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mcpass-browser-"));
  recorded = join(folder, "argv.json");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A program in the folder on PATH that notes its arguments, then does `after`. */
async function opener(name: string, after = ""): Promise<string> {
  const file = join(folder, name);
  const source = `#!${process.execPath}\nrequire("fs").writeFileSync(${JSON.stringify(recorded)}, JSON.stringify(process.argv.slice(2)));\n${after}\n`;
  await writeFile(file, source);
  await chmod(file, 0o755);
  return file;
}

const argv = async (): Promise<unknown> => JSON.parse(await readFile(recorded, "utf8"));
const onLinux = (environment: Record<string, string> = {}, browserCommand?: readonly string[]) =>
  createOpenBrowser({ platform: "linux", browserCommand, environment: { PATH: folder, DISPLAY: ":0", ...environment } });

describe("what is handed to the opener", () => {
  test("H06: the whole URL as one argument", async () => {
    await opener("xdg-open");
    expect(await onLinux()(eightAmpersands)).toEqual({ opened: true });
    expect(await argv()).toEqual([eightAmpersands]);
  });

  test("Z01: shell syntax in a URL is text", async () => {
    await opener("xdg-open");
    expect(await onLinux()("http://a.example/$(touch%20x)?q=;id|id")).toEqual({ opened: true });
    expect(await argv()).toEqual(["http://a.example/$(touch%20x)?q=;id|id"]);
  });

  test.each([
    "file:///etc/passwd",
    "javascript:alert(1)",
    "ms-msdt:/id",
    "--flag",
    "-https://a.example",
    "",
    "https://a.example/\nhttps://b.example",
    "https://a.example/a b",
    'https://a.example/"x',
    "https://a.example/'x",
    "https://a.example/`x`",
    "https:\\\\a.example",
    "https://a.example/\u0000",
    "https://a.example/\u2028",
  ])("Z01: %j is refused and nothing is started", async (url) => {
    await opener("xdg-open");
    expect(await onLinux()(url)).toMatchObject({ opened: false });
    await expect(argv()).rejects.toThrow("ENOENT");
  });
});

describe("which program", () => {
  test("the named command's words come first, and %s is the place of the URL", async () => {
    const file = await opener("mine");
    expect(await onLinux({}, [file, "--new", "--to=%s!"])("https://a.example/$&?%s")).toEqual({ opened: true });
    expect(await argv()).toEqual(["--new", "--to=https://a.example/$&?%s!"]);
    expect(await onLinux({ BROWSER: `mine "two words" -x` })("https://a.example/")).toEqual({ opened: true });
    expect(await argv()).toEqual(["two words", "-x", "https://a.example/"]);
  });

  test("words keep quoted blanks and nothing else is special", () => {
    expect(splitWords(`  a 'b c'  d="e f"g $HOME \\x ""`)).toEqual(["a", "b c", "d=e fg", "$HOME", "\\x", ""]);
    expect(splitWords("")).toEqual([]);
  });

  test("gio and x-www-browser stand in for a missing xdg-open", async () => {
    await opener("x-www-browser");
    expect(chooseBrowser({ platform: "linux", environment: { PATH: folder, WAYLAND_DISPLAY: "w" } })).toMatchObject({ words: [join(folder, "x-www-browser")] });
    await opener("gio");
    expect(await onLinux()("https://a.example/")).toEqual({ opened: true });
    expect(await argv()).toEqual(["open", "https://a.example/"]);
  });

  test("macOS and Windows openers are absolute paths", () => {
    expect(chooseBrowser({ platform: "darwin", environment: {} })).toEqual({ words: ["/usr/bin/open"], named: false });
    const rundll32 = ["C:\\Windows\\System32\\rundll32.exe", "url.dll,FileProtocolHandler"];
    expect(chooseBrowser({ platform: "win32", environment: { SystemRoot: "C:\\Windows" } })).toEqual({ words: rundll32, named: false });
    expect(chooseBrowser({ platform: "win32", environment: { SystemRoot: "evil" } })).toEqual({ words: rundll32, named: false });
  });

  test("a program in the current directory is never found through PATH", async () => {
    await opener("xdg-open");
    const before = process.cwd();
    process.chdir(folder);
    try {
      expect(await onLinux({ PATH: ["", ".", "relative"].join(delimiter) })("https://a.example/")).toEqual({ opened: false, reason: "xdg-open was not found" });
    } finally {
      process.chdir(before);
    }
  });
});

describe("H06: a browser that does not open is told, not thrown", () => {
  test("without a display nothing is started, unless a command is named", async () => {
    await opener("xdg-open");
    const file = await opener("mine");
    expect(await createOpenBrowser({ platform: "linux", environment: { PATH: folder } })("https://a.example/")).toEqual({ opened: false, reason: "no display" });
    expect(chooseBrowser({ platform: "darwin", environment: { SSH_CONNECTION: "1 2 3 4" } })).toEqual({ reason: "no display" });
    expect(await createOpenBrowser({ platform: "linux", environment: { PATH: folder }, browserCommand: [file] })("https://a.example/")).toEqual({ opened: true });
  });

  test("an opener that is missing, fails or is ended says so without the URL", async () => {
    const file = await opener("failing", "process.exit(3)");
    const ended = await opener("ended", "process.kill(process.pid, 'SIGKILL')");
    const secret = "https://a.example/?state=canary";
    expect(await onLinux({}, ["absent"])(secret)).toEqual({ opened: false, reason: "absent was not found" });
    expect(await onLinux({}, [file])(secret)).toEqual({ opened: false, reason: `${file} ended with exit code 3` });
    expect(await onLinux({}, [ended])(secret)).toEqual({ opened: false, reason: `${ended} was ended by SIGKILL` });
    await writeFile(join(folder, "broken"), "#!/no/such/interpreter\n", { mode: 0o755 });
    expect(await onLinux({}, ["broken"])(secret)).toEqual({ opened: false, reason: `${join(folder, "broken")} could not be started (ENOENT)` });
  });

  test("one that goes on running counts as opened after two seconds, and is left alone", async () => {
    const pids = join(folder, "pid");
    const file = await opener("hanging", `require("fs").writeFileSync(${JSON.stringify(pids)}, String(process.pid)); setInterval(() => {}, 1000);`);
    const startedAt = performance.now();
    expect(await onLinux({}, [file])("https://a.example/")).toEqual({ opened: true });
    expect(performance.now() - startedAt).toBeGreaterThan(1_900);
    const pid = Number(await readFile(pids, "utf8"));
    expect(process.kill(pid, 0)).toBe(true);
    process.kill(pid, "SIGKILL");
  });
});
