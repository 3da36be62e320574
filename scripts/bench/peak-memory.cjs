// Preloaded (`node --require`): writes the process's peak resident memory in bytes to MCPASS_BENCH_PEAK when it ends.
process.on("exit", () => require("node:fs").writeFileSync(process.env.MCPASS_BENCH_PEAK, String(process.resourceUsage().maxRSS * 1024)));
