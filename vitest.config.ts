import { configDefaults, defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // The conformance suite has its own runner: scripts and a Node of its own.
    exclude: [...configDefaults.exclude, "test/conformance/**"],
    globalSetup: ["test/rig/build-program.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
