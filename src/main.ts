import { product } from "./base/product.ts";

const words = process.argv.slice(2);
if (words.length === 1 && (words[0] === "--version" || words[0] === "-V")) process.stdout.write(`${product.version}\n`);
else void run();

async function run(): Promise<void> {
  const [{ createNodeRuntime, startDirectory }, { runProcess }] = await Promise.all([
    import("./surfaces/node/node-runtime.ts"),
    words[0] === "list" || words[0] === "ls" ? import("./surfaces/cli/list-process.ts") : words[0] === "bridge" ? import("./surfaces/cli/bridge-process.ts") : import("./surfaces/cli/run-process.ts"),
  ]);
  await runProcess(words, ({ homeDirectory, browser }) =>
    createNodeRuntime({ environment: process.env, homeDirectory, browserCommand: browser, workingDirectory: startDirectory() }),
  );
}
