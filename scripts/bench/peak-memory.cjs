// Preloaded (`node --require`): writes the process's peak resident memory in bytes to MCPASS_BENCH_PEAK when it ends. Of its own image: what getrusage(2) gives is
// never less than what the program that started it held at that moment. proc(5)
const { readFileSync, writeFileSync } = require("node:fs");
process.on("exit", () => writeFileSync(process.env.MCPASS_BENCH_PEAK, String(Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8"))[1]) * 1024)));
