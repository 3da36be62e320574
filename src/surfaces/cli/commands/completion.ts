import { script } from "@bomb.sh/tab";
import { McpassError } from "../../../base/errors.ts";
import { product } from "../../../base/product.ts";
import { nearestName } from "../../../config/nearest-name.ts";
import type { CommandContext, CommandResult } from "../command-context.ts";

const shells = ["bash", "zsh", "fish", "powershell"];

/** Prints the shell's completion script, which calls `mcpass complete -- …` for every suggestion. */
export async function completion(_context: CommandContext, [shell = ""]: readonly string[]): CommandResult {
  if (!shells.includes(shell)) {
    const nearest = nearestName(shell, shells);
    throw new McpassError("usage", `"${shell}" is not a shell that completion is known for: ${shells.join(", ")}`, { hint: `mcpass completion ${nearest ?? "bash"}` });
  }
  script(shell, product.name, product.name);
}
