import { expect, test } from "vitest";
import { type ErrorCode, McpassError } from "../../../src/base/errors.ts";
import { worstOf } from "../../../src/surfaces/cli/call-every-tool.ts";

const worst = (...codes: readonly ErrorCode[]): number => worstOf(codes.map((code) => new McpassError(code, "x")));

test("tools that fail leave the exit code at 0; a server that is gone makes it 1, a sign-in that is needed 4", () => {
  expect([worst(), worst("tool_failed", "protocol_failed", "timed_out"), worst("tool_failed", "unreachable"), worst("scope_insufficient", "unreachable")]).toEqual([0, 0, 1, 4]);
});
