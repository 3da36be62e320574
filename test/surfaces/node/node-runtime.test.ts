import { expect, test } from "vitest";

import { createNodeRuntime } from "../../../src/surfaces/node/node-runtime.ts";
import { buildScript } from "../../vault/script.ts";

test("a runtime knows its directories and gives fresh randomness", () => {
  const runtime = createNodeRuntime({ environment: { MCPASS_HOME: "elsewhere" }, homeDirectory: "/iso", workingDirectory: "/work" });
  expect([runtime.directories.data, runtime.workingDirectory]).toEqual(["/iso/data", "/work"]);
  expect(runtime.randomBytes(32)).toHaveLength(32);
  expect(Buffer.from(runtime.randomBytes(32)).equals(runtime.randomBytes(32))).toBe(false);
});

test("making a runtime loads neither HTTP nor DNS nor child processes, and a hanging browser does not hold the program", async () => {
  const script = await buildScript(`
    import { createNodeRuntime } from "./src/surfaces/node/node-runtime.ts";
    const runtime = createNodeRuntime({ environment: process.env, workingDirectory: process.cwd(), browserCommand: [process.execPath, "-e", "setTimeout(() => {}, 3000)"] });
    console.log(process.moduleLoadList.filter((name) => /NativeModule (_http_client|https|http|dns|child_process|tls|zlib|crypto)$/.test(name)).join());
    const startedAt = Date.now();
    runtime.openBrowser("https://a.example/");
    process.on("exit", () => console.log(Date.now() - startedAt < 2500 ? "at once" : "late"));
  `);
  try {
    expect(await script.run()).toMatchObject({ code: 0, stdout: "\nat once\n", stderr: "" });
  } finally {
    await script.remove();
  }
});
