import { createManager } from "mcpass";

const manager = await createManager({ servers: { notes: { type: "remote", url: process.argv[2] } } });
await manager.authenticate("notes");
for (const { name, description } of await manager.tools("notes")) console.log(`${name}: ${description}`);
const { content } = await manager.callTool("notes", "add_numbers", { a: 20, b: 22 });
console.log(content[0].text);
await manager.close();
