process.stdout.write("MCP\\n");
setTimeout(() => undefined, 10_000);
