import { describe, expect, test } from "vitest";
import { describeCause, findMcpassError, McpassError } from "../../src/base/errors.ts";

describe("the one error class", () => {
  test("keeps code, message, hint, cause and details, and is JSON without its cause", () => {
    const cause = new Error("connect ECONNREFUSED");
    const error = new McpassError("unreachable", "x failed", { hint: "try again", cause, details: { url: "https://x" } });
    expect(error).toMatchObject({ name: "McpassError", code: "unreachable", hint: "try again", cause, details: { url: "https://x" } });
    expect(JSON.parse(JSON.stringify(error))).toEqual({ code: "unreachable", message: "x failed", hint: "try again", details: { url: "https://x" } });
  });

  test("without hint and details its JSON has neither, and no cause is made up", () => {
    const error = new McpassError("cancelled", "Cancelled.");
    expect(JSON.parse(JSON.stringify(error))).toEqual({ code: "cancelled", message: "Cancelled." });
    expect("cause" in error).toBe(false);
  });
});

describe("finding our error", () => {
  const own = new McpassError("timed_out", "slow");
  const wrapped = (times: number): Error => (times === 0 ? own : new Error("wrapped", { cause: wrapped(times - 1) }));

  test("finds it itself and below what others wrapped around it", () => {
    expect(findMcpassError(own)).toBe(own);
    expect(findMcpassError(wrapped(9))).toBe(own);
  });

  test("gives up at ten levels, so a circle of causes ends, and at what is no error", () => {
    const circle = new Error("round");
    circle.cause = circle;
    for (const thrown of [wrapped(10), circle, new Error("alone"), "text", undefined, { cause: own }]) expect(findMcpassError(thrown)).toBeUndefined();
  });
});

describe("one line for a cause", () => {
  test("is the system's message, with its code when the message lacks it", () => {
    expect(describeCause(Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" }))).toBe("connect ECONNREFUSED 127.0.0.1:1");
    expect(describeCause(Object.assign(new Error("socket hang up"), { code: "ECONNRESET" }))).toBe("ECONNRESET socket hang up");
  });

  test("is OpenSSL's few words without its file names, on one line", () => {
    expect(describeCause(new Error("40F7:error:0A000438:SSL routines:ssl3_read_bytes:tlsv1 alert\n internal error:../deps/x.c:1599:"))).toBe("tlsv1 alert internal error");
  });

  test("looks below fetch's own `fetch failed`, and says so when there is nothing to say", () => {
    expect(describeCause(new TypeError("fetch failed", { cause: new Error("getaddrinfo ENOTFOUND x") }))).toBe("getaddrinfo ENOTFOUND x");
    expect(describeCause(new TypeError("fetch failed"))).toBe("fetch failed");
    expect(describeCause("text")).toBe("unknown cause");
  });
});
