import fc from "fast-check";
import { expect, test } from "vitest";

import { type ErrorCode, McpassError } from "../../src/base/errors.ts";
import { Emitter, type McpassEvent } from "../../src/base/events.ts";
import { allowedChanges, createStatusCell, describeStatus, type Status, statusAfter } from "../../src/connection/status.ts";

const statuses = Object.keys(allowedChanges) as Status[];

function cell(initial: Status): { readonly events: McpassEvent[]; readonly cell: ReturnType<typeof createStatusCell> } {
  const emitter = new Emitter();
  const events: McpassEvent[] = [];
  emitter.subscribe((event) => void events.push(event));
  return { events, cell: createStatusCell({ server: "s", initial, events: emitter, now: () => 7 }) };
}

test("no change happens that the table forbids, and every other is told (X06)", () => {
  fc.assert(
    fc.property(fc.constantFrom(...statuses), fc.array(fc.tuple(fc.constantFrom(...statuses), fc.boolean())), (initial, wishes) => {
      const { cell: kept, events } = cell(initial);
      let known = initial;
      for (const [to, broken] of wishes) {
        const error = broken ? new McpassError("internal", "x") : undefined;
        const allowed = to === known || allowedChanges[known].includes(to);
        if (allowed) kept.change(to, error);
        else expect(() => kept.change(to, error)).toThrow(/cannot go from/);
        if (allowed) known = to;
        expect(kept.status).toBe(known);
      }
      const told = events.flatMap((event) => (event.type === "server.status" ? [event.status] : []));
      expect(told.at(-1) ?? initial).toBe(known);
    }),
  );
});

test("a disabled server stays disabled, and nobody is connected who was not connecting (X06)", () => {
  expect(allowedChanges.disabled).toEqual([]);
  expect(allowedChanges.idle).not.toContain("connected");
});

test("each error leaves the status that says what to do about it (X06)", () => {
  const codes: readonly ErrorCode[] = ["sign_in_required", "issuer_changed", "grant_ended", "scope_insufficient", "registration_unavailable", "header_refused", "timed_out", "cancelled"];
  expect(codes.map((code) => statusAfter(new McpassError(code, "x")))).toEqual(["needs_auth", "needs_auth", "needs_auth", "needs_auth", "needs_client_registration", "failed", "failed", "idle"]);
});

test("the same failure twice is one event, another failure is another", () => {
  const { cell: kept, events } = cell("connecting");
  kept.change("failed", new McpassError("timed_out", "a"));
  kept.change("failed", new McpassError("timed_out", "a"));
  kept.change("failed", new McpassError("timed_out", "b"));
  expect(events).toMatchObject([{ status: "failed", at: 7 }, { status: "failed", error: { message: "b" } }]);
});

test("every status has one line for a person", () => {
  expect(statuses.map((status) => describeStatus(status, undefined))).not.toContain(undefined);
  expect(describeStatus("failed", new McpassError("timed_out", "It did not answer."))).toBe("failed: It did not answer.");
});
