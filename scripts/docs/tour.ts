/**
 * The tour of README.md: what the demonstration printed, from its first command on. Only what differs from run to run is made stable: ports, the client's id,
 * the time, the temporary folder, and the rest of the sign-in's long address.
 */
export function tourOf(output: string): string {
  const shown = output.slice(output.indexOf("$ mcpass list")).split("\n");
  const end = shown.findIndex((line) => line.startsWith("mcpass found the authorization server"));
  if (end === -1) throw new Error(`the demonstration did not come to its end:\n${output}`);
  return stablePorts(shown.slice(0, end).join("\n").trim())
    .replace(/(?<=^ {2}client {7})\S+(?=,)/m, "kz3Vq0cE…")
    .replace(/\?response_type=code&client_id=\S+/, "?response_type=code&client_id=kz3Vq0cE…&redirect_uri=…")
    .replace(/\S*mcpass-demo-\w+/g, "/tmp/mcpass-demo")
    .replace(/\(until [^,]*,/, "(until 14:15,");
}

/** Ports in the order in which they come up: 4001, 4002 …; the callback's own is the same everywhere. */
function stablePorts(text: string): string {
  const known = new Map<string, string>([["19876", "19876"]]);
  return text.replace(/(?<=127\.0\.0\.1:)\d+/g, (port) => {
    const stable = known.get(port) ?? String(4000 + known.size);
    known.set(port, stable);
    return stable;
  });
}
