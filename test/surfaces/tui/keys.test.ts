import { expect, test } from "vitest";
import { snapshot, show } from "./shown.tsx";

test("keys that come in one piece are each heard by what the one before left there", async () => {
  const screen = show([snapshot("notes"), snapshot("open")], { columns: 100 });
  screen.type("s");
  await screen.waitFor(/Status/);
  screen.type("\u001b/ope\r");
  await screen.waitFor(/\/ope {2}esc shows all[^]*› • open/);
  expect(screen.screen()).not.toContain("• notes");
});
