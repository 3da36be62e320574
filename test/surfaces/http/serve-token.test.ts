import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { requireServeToken } from "../../../src/surfaces/http/serve-token.ts";
import { makeHome } from "../../rig/program.ts";

async function openData(): Promise<{ data: string; file: string }> {
  const home = await makeHome();
  onTestFinished(() => home.remove());
  const data = join(home.directory, "data");
  return { data, file: join(data, "serve-token") };
}

test("the token is made once, 32 random bytes in a file of its owner's, and found again", async () => {
  const { data, file } = await openData();
  const token = await requireServeToken(data);
  expect(token).toMatch(/^[\w-]{43}$/);
  expect(await requireServeToken(data)).toBe(token);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readFile(file, "utf8")).toBe(`${token}\n`);
  expect(await readdir(data)).toEqual(["serve-token"]);
});

test("of many that start at once all have the same token", async () => {
  const { data } = await openData();
  const tokens = await Promise.all(Array.from({ length: 25 }, () => requireServeToken(data)));
  expect(new Set(tokens).size).toBe(1);
  expect(await readdir(data)).toEqual(["serve-token"]);
});

test.skipIf(process.platform === "win32")("Z07: a token that others could read, a spoilt one and a link are replaced", async () => {
  const { data, file } = await openData();
  const first = await requireServeToken(data);
  await chmod(file, 0o644);
  const second = await requireServeToken(data);
  expect(second).not.toBe(first);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await writeFile(file, "guess-me");
  expect(await requireServeToken(data)).toMatch(/^[\w-]{43}$/);
  const other = await openData();
  await mkdir(other.data);
  await symlink(file, other.file);
  expect(await requireServeToken(other.data)).not.toBe(await requireServeToken(data));
});

test.skipIf(process.platform === "win32" || process.getuid?.() === 0)("where it cannot be kept, the error says where and what to do", async () => {
  const { data, file } = await openData();
  await mkdir(data, { mode: 0o500 });
  await expect(requireServeToken(data)).rejects.toMatchObject({ code: "config_unreadable", message: expect.stringContaining(file) as string, hint: `make ${data} writable` });
});
