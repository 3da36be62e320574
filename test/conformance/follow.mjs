// The person at the browser: the suite's authorization servers show no page, they redirect straight back.
await fetch(process.argv[2], { redirect: "follow" });
