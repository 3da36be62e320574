// A relay that is wrong in one way, for the test of the tests: `node wrong-relay.mjs HOW PROGRAM …` runs the program and passes its lines on. HOW: `right`; `swallows`,
// `repeats` or `changes` the twentieth answer, `invents` one after it, or `calls-twice` and gives the first answer only.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const [how, ...words] = process.argv.slice(2);
const child = spawn(process.execPath, words, { stdio: ["pipe", "pipe", "inherit"] });
child.on("exit", (code) => process.exit(code ?? 1));
const say = (line) => void process.stdout.write(`${line}\n`);
let calls = 0;
let answers = 0;

createInterface({ input: process.stdin })
  .on("line", (line) => {
    child.stdin.write(`${line}\n`);
    calls += line.includes('"tools/call"') ? 1 : 0;
    if (how === "calls-twice" && calls === 20) child.stdin.write(`${JSON.stringify({ ...JSON.parse(line), id: "again" })}\n`);
  })
  .on("close", () => child.stdin.end());

createInterface({ input: child.stdout }).on("line", (line) => {
  if (line.includes('"method"')) return say(line);
  const message = JSON.parse(line);
  if (message.id === "again") return;
  answers += 1;
  if (answers !== 20) return say(line);
  if (how !== "swallows") say(how === "changes" ? line.replace("done ", "gone ") : line);
  if (how === "repeats") say(line);
  if (how === "invents") say(JSON.stringify({ ...message, id: "nobody-asked" }));
});
