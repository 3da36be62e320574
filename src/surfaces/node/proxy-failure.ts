import type { Proxy } from "./proxy-choice.ts";
import type { ShownCertificates } from "./tls-failure.ts";

/** A proxy that answered for itself instead of passing on; `what` it did, with its status. The hint says what to change. E01 */
export function proxyRefused({ origin }: Proxy, what: string, status: number): Error {
  const asks = status === 407;
  return Object.assign(new Error(`the proxy ${origin.origin} ${what}: it answered ${status}${asks ? " and asks for credentials" : ""}`), {
    hint: asks ? "Put them into the proxy variable: http://USER:PASSWORD@PROXY, percent-encoded." : "Ask who runs the proxy, or add the host to NO_PROXY.",
  });
}

/** `socket`: the one to a proxy that is spoken to by https, watched by `certificates`. */
export function proxyUnreachable({ origin }: Proxy, error: NodeJS.ErrnoException, certificates?: ShownCertificates, socket?: object | null): Error {
  const words = certificates?.explain(error, { socket: socket ?? null, host: origin.host, withCertificate: false, proxy: true }) ?? error;
  // Without its code: nobody is to take it for the server's.
  if (words !== error) return Object.assign(new Error((words as Error).message, { cause: error }), { hint: (words as { readonly hint?: string }).hint });
  return Object.assign(new Error(`the proxy ${origin.origin} could not be used: ${error.code ?? error.message}`, { cause: error }), { hint: "Check HTTPS_PROXY and HTTP_PROXY, or add the host to NO_PROXY." });
}
