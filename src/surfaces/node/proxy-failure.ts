import type { Proxy } from "./proxy-choice.ts";

/** A proxy that answered for itself instead of passing on; `what` it did, with its status. The hint says what to change. E01 */
export function proxyRefused({ origin }: Proxy, what: string, status: number): Error {
  const asks = status === 407;
  return Object.assign(new Error(`the proxy ${origin.origin} ${what}: it answered ${status}${asks ? " and asks for credentials" : ""}`), {
    hint: asks ? "Put them into the proxy variable: http://USER:PASSWORD@PROXY, percent-encoded." : "Ask who runs the proxy, or add the host to NO_PROXY.",
  });
}

export function proxyUnreachable({ origin }: Proxy, error: NodeJS.ErrnoException): Error {
  return Object.assign(new Error(`the proxy ${origin.origin} could not be used: ${error.code ?? error.message}`, { cause: error }), { hint: "Check HTTPS_PROXY and HTTP_PROXY, or add the host to NO_PROXY." });
}
