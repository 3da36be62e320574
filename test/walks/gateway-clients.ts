import { httpHost, type HttpHost } from "../rig/http-host.ts";
import type { ServingProgram } from "../rig/serving.ts";
import { modernMeta } from "../rig/stdio-host.ts";

/** A client, and what it calls the server's things. */
export interface Client {
  readonly host: Pick<HttpHost, "request" | "heard" | "messages">;
  readonly prefix: string;
  readonly meta: object;
}

/** Of both eras, at both addresses; each hears of changes. */
export async function clientsOf(serving: ServingProgram): Promise<readonly Client[]> {
  const all: Client[] = [];
  for (const [path, prefix] of [["/gateway/example", ""], ["/gateway", "example__"]] as const) {
    const older = httpHost(`${serving.url}${path}`, serving.token);
    await older.open();
    const newer = httpHost(`${serving.url}${path}`, serving.token);
    newer.send({ id: "listen", method: "subscriptions/listen", params: { notifications: { toolsListChanged: true }, ...modernMeta() } });
    await newer.heard("notifications/subscriptions/acknowledged");
    all.push({ host: older, prefix, meta: {} }, { host: newer, prefix, meta: modernMeta() });
  }
  return all;
}
