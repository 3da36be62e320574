import { expect, test } from "vitest";
import { askPerson } from "../../../src/surfaces/cli/elicitation-questions.ts";
import { fakeTerminal } from "./fake-terminal.ts";

const form = {
  mode: "form",
  message: "Who are you?",
  requestedSchema: { type: "object", required: ["name", "age"], properties: { name: { type: "string" }, age: { type: "integer" }, nick: { type: "string" }, team: { type: "string", enum: ["red", "blue"], default: "blue" } } },
};

test("the person hears who asks, answers each field by its type, and sees all of it before it goes", async () => {
  const { context, type, shown } = fakeTerminal();
  type("y\nAnn\nold\n30\n\n\ny\n");
  expect(await askPerson(context, "linear", form)).toEqual({ action: "accept", content: { name: "Ann", age: 30, team: "blue" } });
  expect(shown().err).toMatch(/linear asks: Who are you\?[\s\S]*That is not integer[\s\S]*age: 30[\s\S]*Send this to linear/);
  context.terminal.close();
});

test("no is the answer when the person does not say yes, before or after the fields", async () => {
  const { context, type } = fakeTerminal();
  type("\n");
  expect(await askPerson(context, "linear", form)).toEqual({ action: "decline" });
  type("y\nAnn\n30\n\nred\nn\n");
  expect(await askPerson(context, "linear", form)).toEqual({ action: "decline" });
  context.terminal.close();
});

test("a page is shown whole with its host, never opened without consent, and only when it is a web address", async () => {
  const { context, type, shown } = fakeTerminal();
  type("n\n");
  expect(await askPerson(context, "linear", { mode: "url", message: "Pay", url: "https://xn--pple-43d.com/pay?x=1" })).toEqual({ action: "decline" });
  expect(shown().err).toMatch(/reads аpple\.com[\s\S]*https:\/\/xn--pple-43d\.com\/pay\?x=1/);
  expect(await askPerson(context, "linear", { mode: "url", message: "Run", url: "file:///etc/passwd" })).toEqual({ action: "decline" });
  context.terminal.close();
});
