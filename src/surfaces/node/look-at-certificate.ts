import type { TLSSocket } from "node:tls";

import type { CertificateReport, LookAtCertificate } from "../../base/runtime.ts";
import { createConnectors } from "./connector.ts";
import { explained, requestOptions } from "./http-fetch.ts";
import { readTarget } from "./target.ts";
import { readCertificate } from "./tls-failure.ts";

/** A handshake on the way that a request would take, through the same proxy and with the same files; then the connection ends. */
export function createLookAtCertificate(environment: Readonly<Record<string, string | undefined>>): LookAtCertificate {
  const connectors = createConnectors(environment);
  return async (url, options = {}) => {
    const target = readTarget(url);
    const connector = await connectors.find(target.url);
    const material = options.tls === undefined ? undefined : await connectors.material(options.tls);
    const { signal } = options;
    return await new Promise<CertificateReport>((resolve, reject) => {
      signal?.throwIfAborted();
      // Without its end nothing of a request is sent.
      const request = connector.request({ ...requestOptions(connector, target, options, material), agent: connector.agent(true) });
      const abort = (): void => void request.destroy(new Error("the time was over"));
      signal?.addEventListener("abort", abort, { once: true });
      request.once("close", () => signal?.removeEventListener("abort", abort));
      request.on("error", (error) => {
        const words = explained(connector, request, target, options, error) as Error & Partial<CertificateReport> & { readonly hint?: string };
        if (words === error) reject(error);
        else resolve({ certificate: words.certificate, failure: { message: words.message, hint: words.hint } });
      });
      request.once("socket", (socket) => {
        const secured = socket as TLSSocket;
        const shown = (): void => {
          resolve({ certificate: readCertificate(secured), failure: undefined });
          request.destroy();
        };
        if (secured.authorized) shown();
        else secured.once("secureConnect", shown);
      });
    });
  };
}
