import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fakeOpener } from "./opener.ts";
import { openWalk, type Walk } from "./walk.ts";

/** A program that opens what it is given in $BROWSER, else with xdg-open. */
const script = `
  import { spawn } from "node:child_process";
  const words = (process.env.BROWSER ?? "xdg-open").split(" ");
  spawn(words[0], [...words.slice(1), ...process.argv.slice(2)], { stdio: "ignore" }).on("exit", (code) => console.log("opener ended with " + code));
`;

async function scriptIn(walk: Walk): Promise<string> {
  const program = join(walk.home.directory, "program.mjs");
  await writeFile(program, script);
  return program;
}

test("a walk leads a browser from the program over an issuer to a bystander, and keeps what was printed", async () => {
  const walk = await openWalk();
  const program = await scriptIn(walk);
  const callback = await walk.bystander("callback");
  const issuer = await walk.issuer({ clients: [{ client_id: "c", redirect_uris: [callback.origin + "/"] }] });
  const query = new URLSearchParams({ client_id: "c", redirect_uri: `${callback.origin}/`, response_type: "code", code_challenge: "x".repeat(43), code_challenge_method: "S256" });
  await walk.run([`${issuer.origin}/authorize?${query.toString()}`], { program, browser: walk.browser() });
  expect(walk.ledger.sequence()).toEqual(["issuer GET /authorize → 302", "callback GET / → 200"]);
  expect(walk.printed()).toContain("opener ended with 0");
});

test("a fake opener records its arguments and fails as told", async () => {
  const walk = await openWalk();
  const program = await scriptIn(walk);
  const opener = await fakeOpener(walk.home.directory, "xdg-open", { exitCode: 4 });
  const { stdout } = await walk.run(["http://127.0.0.1/?a=1&b=2 $(x)"], { program, env: opener.environment });
  expect(stdout).toContain("opener ended with 4");
  expect(await opener.calls()).toEqual([["http://127.0.0.1/?a=1&b=2 $(x)"]]);
});
