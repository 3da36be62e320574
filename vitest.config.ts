import { configDefaults, defineConfig } from "vitest/config";
import { ShareByTime } from "./test/rig/share-by-time.ts";

/** Their sign-ins use the one default callback port of this machine, so they take turns. */
const oneAfterTheOther = ["test/walks/**/*.test.ts", "test/docs/**/*.test.ts", "test/connection/sign-in.test.ts", "test/connection/sign-ins-under-way.test.ts", "test/connection/public-callback.test.ts", "test/surfaces/library/embedding.test.ts", "test/examples/**/*.test.ts", "test/access/callback-port.test.ts"];

// The conformance suite has its own runner: scripts and a Node of its own.
const never = [...configDefaults.exclude, "test/conformance/**"];

export default defineConfig({
  test: {
    globalSetup: ["test/rig/build-program.ts"],
    pool: "forks",
    sequence: { sequencer: ShareByTime },
    // No test claims these: they end what hangs, and a machine may have much else to do.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    projects: [
      { extends: true, test: { name: "floors", include: ["test/**/*.test.ts"], exclude: [...never, ...oneAfterTheOther], maxWorkers: 2, sequence: { groupOrder: 0 } } },
      { extends: true, test: { name: "walks", include: oneAfterTheOther, exclude: never, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});
