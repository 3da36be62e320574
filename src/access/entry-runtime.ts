import type { Runtime } from "../base/runtime.ts";
import type { RemoteEntry } from "../config/server-entry.ts";

/** The outside world as one server's entry wants it: its certificates on every request, to the server and to its authorization server alike. E01, E02 */
export function runtimeFor(runtime: Runtime, { tls }: Pick<RemoteEntry, "tls">): Runtime {
  if (tls === undefined) return runtime;
  const { lookAtCertificate: look } = runtime;
  return { ...runtime, fetch: (url, init) => runtime.fetch(url, { ...init, tls }), ...(look === undefined ? {} : { lookAtCertificate: (url, options) => look(url, { ...options, tls }) }) };
}
