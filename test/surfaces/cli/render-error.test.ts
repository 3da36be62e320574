import picocolors from "picocolors";
import { describe, expect, test } from "vitest";
import { McpassError } from "../../../src/base/errors.ts";
import { errorTable } from "../../../src/surfaces/cli/error-table.ts";
import { exitCodes } from "../../../src/surfaces/cli/exit-codes.ts";
import { renderError, toMcpassError } from "../../../src/surfaces/cli/render-error.ts";

const colors = picocolors.createColors(false);
const render = (error: McpassError, verbose = false): string => renderError(error, { colors, verbose });

describe("an error for a person", () => {
  test("is the message, the facts it does not have already, and the next command", () => {
    const error = new McpassError("token_refused", "The code was refused at https://as.example/token.", { hint: "mcpass auth x", details: { leg: "exchange", url: "https://as.example/token", status: 400, error: "invalid_grant" } });
    expect(render(error)).toBe("error: The code was refused at https://as.example/token.\n  while: exchange · HTTP 400 · answer: invalid_grant\nhint: mcpass auth x");
  });

  test("keeps the lines of a message, so that a caret stands under its column, and removes what a terminal would obey", () => {
    const error = new McpassError("config_invalid", 'x.jsonc:2:5: comma expected\n  "a"    "b"\n         ^\u001b[2J\u001b]0;title\u0007');
    expect(render(error)).toBe('error: x.jsonc:2:5: comma expected\n  "a"    "b"\n         ^');
  });

  test("U01: never has a stack; what is not ours becomes one line that says where to turn", () => {
    const error = toMcpassError(new TypeError("x is not a function"));
    expect(error.code).toBe("internal");
    expect(render(error).split("\n")).toHaveLength(2);
    expect(render(error)).not.toContain(".ts:");
  });

  test("finds our error below what others wrapped around it", () => {
    const own = new McpassError("timed_out", "slow");
    expect(toMcpassError(new Error("outer", { cause: new Error("middle", { cause: own }) }))).toBe(own);
  });

  test("Z05: with --verbose shows code, details and stack, without credentials", () => {
    const cause = new Error('failed: Authorization: Bearer canary-abc {"refresh_token":"canary-def"} code=canary-ghi&state=canary-jkl eyJhbGciOi.canary.sig');
    const shown = render(new McpassError("internal", "odd", { cause, details: { at: "here" } }), true);
    expect(shown).toContain("code: internal");
    expect(shown).toContain("caused by:");
    expect(shown).not.toContain("canary");
  });
});

describe("the tables of codes", () => {
  test("say 2 for wrong usage, 4 for a sign-in or client id that is needed, 130 for an interruption, and 1 for the rest", () => {
    const codesWith = (wanted: number) => Object.entries(exitCodes).flatMap(([code, exitCode]) => (exitCode === wanted ? [code] : [])).sort();
    expect(codesWith(2)).toEqual(["server_unknown", "tool_unknown", "usage"]);
    expect(codesWith(4)).toEqual(["grant_ended", "issuer_changed", "registration_unavailable", "scope_insufficient", "sign_in_required"]);
    expect(codesWith(130)).toEqual(["cancelled"]);
    expect(new Set(Object.values(exitCodes))).toEqual(new Set([1, 2, 4, 130]));
  });

  test("explain every code in whole sentences", () => {
    expect(Object.keys(errorTable).sort()).toEqual(Object.keys(exitCodes).sort());
    for (const { meaning, remedy } of Object.values(errorTable)) for (const words of [meaning, remedy]) expect(words).toMatch(/^[A-Z`].{20,}\.$/);
  });
});
