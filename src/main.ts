import { product } from "./base/product.ts";

const words = process.argv.slice(2);
if (words.length === 1 && (words[0] === "--version" || words[0] === "-V")) {
  process.stdout.write(`${product.version}\n`);
} else {
  const [{ runProcess }, { createNodeRuntime }, { splitWords }] = await Promise.all([
    import("./surfaces/cli/run-process.ts"),
    import("./surfaces/node/node-runtime.ts"),
    import("./surfaces/node/browser-command.ts"),
  ]);
  await runProcess(words, ({ homeDirectory, browser }) =>
    createNodeRuntime({ environment: process.env, homeDirectory, browserCommand: browser === undefined ? undefined : splitWords(browser), workingDirectory: process.cwd() }),
  );
}
