import { McpassError } from "../../src/base/errors.ts";

/** The McpassError with which `work` fails; anything else, success among it, fails the test. */
export async function failureOf(work: Promise<unknown>): Promise<McpassError> {
  try {
    await work;
  } catch (thrown) {
    if (thrown instanceof McpassError) return thrown;
    throw new Error("failed with something that is not a McpassError", { cause: thrown });
  }
  throw new Error("did not fail");
}
