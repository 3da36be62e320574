import { choosePort } from "../rig/choose-port.mjs";

/**
 * A callback port for a client that is registered already, in place of the usual one: such a client cannot take another when somebody else on this machine has it,
 * who signs in elsewhere perhaps. The suite's authorization servers take any.
 */
export async function freePort() {
  return String(await choosePort(14_000, 19_000));
}
