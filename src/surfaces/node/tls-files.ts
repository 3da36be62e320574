import { readFile, stat } from "node:fs/promises";
import type { SecureContext } from "node:tls";

import { describeCause, McpassError } from "../../base/errors.ts";
import type { TlsFiles } from "../../base/runtime.ts";

const largest = 8 * 1024 * 1024;

export interface TlsMaterial {
  readonly context: SecureContext;
  /** Another for other files or other content: connections made with one never serve the other. */
  readonly id: string;
}

/** What the files of one server's `tls` amount to. Read again when a file has changed. Throws `file_reference_unreadable`, naming the key and the path, never content. E01, E02 */
export function createTlsMaterials(extraAuthorities: string | undefined): (files: TlsFiles) => Promise<TlsMaterial> {
  const known = new Map<string, Promise<TlsMaterial>>();
  return async (files) => {
    const id = `${JSON.stringify([files.ca, files.cert, files.key])} ${await stampOf(files)}`;
    const material = known.get(id) ?? readMaterial(files, id, extraAuthorities);
    known.set(id, material);
    material.catch(() => known.delete(id));
    return material;
  };
}

async function readMaterial(files: TlsFiles, id: string, extraAuthorities: string | undefined): Promise<TlsMaterial> {
  const [ca, cert, key] = [await readPem("ca", files.ca), await readPem("cert", files.cert), await readPem("key", files.key)];
  // Naming one authority replaces Node's own list, and NODE_EXTRA_CA_CERTS with it.
  const extra = ca === undefined || extraAuthorities === undefined ? "" : await readText(extraAuthorities).catch(() => "");
  const { createSecureContext, rootCertificates } = process.getBuiltinModule("node:tls");
  try {
    const context = createSecureContext({
      ...(ca === undefined ? {} : { ca: [...rootCertificates, ca, ...(extra === "" ? [] : [extra])] }),
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
      ...(files.passphrase === undefined ? {} : { passphrase: files.passphrase }),
    });
    return { context, id };
  } catch (thrown) {
    const code = String((thrown as { code?: unknown }).code ?? "");
    const why = /MISMATCH/.test(code) ? `the key ${files.key ?? ""} (tls.key) does not belong to the certificate ${files.cert ?? ""} (tls.cert)` : `the key ${files.key ?? ""} (tls.key) or the certificate ${files.cert ?? ""} (tls.cert) cannot be read; an encrypted key needs tls.passphrase`;
    throw new McpassError("file_reference_unreadable", `The client certificate cannot be used: ${why}${code === "" ? "" : ` (${code})`}.`, { hint: "Check the tls files of the server's entry.", details: { files: [files.cert ?? "", files.key ?? ""] } });
  }
}

async function readPem(key: keyof TlsFiles, file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const text = await readText(file).catch((thrown: unknown) => {
    throw unreadable(key, file, (thrown as { code?: unknown }).code === "ENOENT" ? "it does not exist" : describeCause(thrown));
  });
  if (!text.includes("-----BEGIN ")) throw unreadable(key, file, "it holds nothing in PEM form");
  return text;
}

/** A pipe would be waited for, and a device read, for ever. */
async function readText(file: string): Promise<string> {
  const found = await stat(file);
  if (!found.isFile()) throw new Error("it is not a file");
  if (found.size > largest) throw new Error("it is larger than 8 MB");
  return readFile(file, "utf8");
}

function unreadable(key: string, file: string, why: string): McpassError {
  return new McpassError("file_reference_unreadable", `The file ${file}, which tls.${key} names, cannot be used: ${why}.`, { hint: `Correct "tls": { "${key}": … } in the server's entry; relative paths start at the configuration file.`, details: { reference: file } });
}

async function stampOf({ ca, cert, key }: TlsFiles): Promise<string> {
  const stamps = [ca, cert, key].map(async (file) => (file === undefined ? "" : stat(file).then(({ ino, size, mtimeMs }) => `${ino}:${size}:${mtimeMs}`, () => "absent")));
  return (await Promise.all(stamps)).join("|");
}
