import { chmod, link, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { gatewayTokenFinder, openGatewayTokens, type FindGatewayToken, type GatewayTokens } from "../../src/access/gateway-tokens.ts";
import { makeHome } from "../rig/program.ts";

async function openStore(): Promise<{ file: string; tokens: GatewayTokens; find: FindGatewayToken; clock: { now: number } }> {
  const home = await makeHome();
  onTestFinished(() => home.remove());
  const data = join(home.directory, "data");
  const clock = { now: Date.now() };
  return { file: join(data, "gateway-tokens.json"), tokens: openGatewayTokens(data, () => clock.now), find: gatewayTokenFinder(data), clock };
}

const cursorFile = "/home/me/.cursor/mcp.json";

test("a token is 32 random bytes, and only its hash is kept, with the program, the file and the instant, in a file of its owner's", async () => {
  const { tokens, file, clock } = await openStore();
  expect(tokens.list()).toEqual([]);
  const { token, made } = await tokens.make("cursor", cursorFile);
  expect(token).toMatch(/^mcpass_gateway_[\w-]{43}$/);
  expect(made).toEqual({ hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string, program: "cursor", file: cursorFile, madeAt: clock.now });
  expect([(await stat(file)).mode & 0o777, (await stat(`${file}.lock`)).mode & 0o777, (await stat(dirname(file))).mode & 0o777]).toEqual([0o600, 0o600, 0o700]);
  expect(await readFile(file, "utf8")).not.toContain(token.slice("mcpass_gateway_".length));
  expect(tokens.list()).toEqual([made]);
  expect((await tokens.make("cursor", cursorFile)).token).not.toBe(token);
});

test("a token is found whole only, and from the instant on that another process has revoked it no more", async () => {
  const { tokens, find, clock } = await openStore();
  const first = await tokens.make("cursor", cursorFile);
  const second = await tokens.make("zed", "/home/me/.config/zed/settings.json");
  expect([find(first.token), find(second.token)]).toEqual([first.made, second.made]);
  for (const wrong of ["", "mcpass_gateway_", first.made.hash, first.token.slice(0, -1), `${first.token}x`, ` ${first.token}`, first.token.toUpperCase()]) expect(find(wrong)).toBeUndefined();
  clock.now += 60_000;
  expect(find(first.token)).toEqual(first.made);
  expect(await tokens.revoke(({ program }) => program === "cursor")).toEqual([first.made]);
  expect([find(first.token), find(second.token), tokens.list()]).toEqual([undefined, second.made, [second.made]]);
  expect(await tokens.revoke(({ program }) => program === "cursor")).toEqual([]);
});

test("of many made at once none is lost, and what is revoked at the same time is gone", async () => {
  const { tokens, file, find } = await openStore();
  const old = await tokens.make("cursor", "old");
  const [made] = await Promise.all([Promise.all(Array.from({ length: 12 }, (_, at) => tokens.make("cursor", `file ${String(at)}`))), tokens.revoke(({ file: holder }) => holder === "old")]);
  expect(tokens.list().map(({ file: holder }) => holder).toSorted()).toEqual(made.map(({ made: { file: holder } }) => holder).toSorted());
  expect([made.every(({ token, made: one }) => find(token)?.hash === one.hash), find(old.token)]).toEqual([true, undefined]);
  expect((await readdir(dirname(file))).toSorted()).toEqual(["gateway-tokens.json", "gateway-tokens.json.lock"]);
});

test.skipIf(process.platform === "win32")("Z07: a list that others could have written or read, a link and a spoilt one let nobody in, stop who would change it, and stay as they are", async () => {
  const { tokens, file, find } = await openStore();
  const { token, made } = await tokens.make("cursor", cursorFile);
  const text = await readFile(file, "utf8");
  const refused = async (why: string): Promise<void> => {
    expect(find(token)).toBeUndefined();
    for (const attempt of [() => tokens.make("zed", "z"), () => tokens.revoke(() => true), async () => tokens.list()]) {
      await expect(attempt()).rejects.toMatchObject({ code: "config_unreadable", message: expect.stringMatching(new RegExp(`gateway-tokens\\.json, .*${why}`)) as string, hint: expect.stringContaining(`remove ${file}`) as string });
    }
  };
  for (const mode of [0o640, 0o620, 0o604, 0o602]) {
    await chmod(file, mode);
    await refused("others than you");
  }
  await chmod(file, 0o600);
  expect(find(token)).toEqual(made);
  for (const spoilt of ["", "{", "[]", "null", '{"schema":2,"tokens":[]}', text.replace(made.hash, made.hash.slice(2)), text.replace('"cursor"', "7")]) {
    await writeFile(file, spoilt);
    await refused("");
    expect(await readFile(file, "utf8")).toBe(spoilt);
  }
  await writeFile(file, text);
  await rename(file, `${file}.elsewhere`);
  await symlink(`${file}.elsewhere`, file);
  await refused("not a plain file");
  await rm(file);
  await mkdir(file);
  await refused("not a plain file");
  await rm(file, { recursive: true });
  await link(`${file}.elsewhere`, file);
  expect(find(token)).toEqual(made);
});
