import { expect, test } from "vitest";
import { Emitter, type McpassEvent } from "../../src/base/events.ts";

const event: McpassEvent = { type: "warning", server: "x", at: 1, message: "careful" };

test("every listener hears an event, in the order in which they subscribed, until it leaves", () => {
  const emitter = new Emitter();
  const heard: string[] = [];
  const leave = emitter.subscribe(() => heard.push("first"));
  emitter.subscribe(() => heard.push("second"));
  emitter.emit(event);
  leave();
  leave();
  emitter.emit(event);
  expect(heard).toEqual(["first", "second", "second"]);
});

test("a listener that throws breaks neither the one that emits nor the other listeners", () => {
  const emitter = new Emitter();
  const heard: McpassEvent[] = [];
  emitter.subscribe(() => {
    throw new Error("cannot show it");
  });
  emitter.subscribe((each) => heard.push(each));
  emitter.emit(event);
  expect(heard).toEqual([event]);
});

test("a listener that leaves or joins while an event is told changes the next event, not this one", () => {
  const emitter = new Emitter();
  const heard: string[] = [];
  const leave = emitter.subscribe(() => {
    leave();
    emitter.subscribe(() => heard.push("late"));
  });
  emitter.subscribe(() => heard.push("steady"));
  emitter.emit(event);
  expect(heard).toEqual(["steady"]);
  emitter.emit(event);
  expect(heard).toEqual(["steady", "steady", "late"]);
});
