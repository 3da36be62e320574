import { checkHead } from "./head-shape.ts";
import { type RecordHead, headOf } from "./record-head.ts";
import type { DataKeys } from "./data-keys.ts";
import { format, parseJson, parseStored, schema } from "./key-record.ts";
import { checkRecord } from "./record-shape.ts";
import { seal as sealText, unseal as unsealText } from "./sealing.ts";
import { fieldsOf, Misfit, text } from "./shape.ts";
import type { VaultKey } from "./vault-key.ts";
import type { VaultRecord } from "./vault-record.ts";

/** Records as they are stored: their head readable, the whole of them sealed, both authenticated together with the key they are stored under. */
export interface Seal {
  seal(key: VaultKey, record: VaultRecord): Promise<string>;
  /** Throws `Misfit` (it was changed, or is not one), `vault_locked`. */
  unseal(key: VaultKey, stored: string): Promise<VaultRecord>;
}

export function createSeal(keys: DataKeys): Seal {
  return {
    async seal(key, record) {
      const head = JSON.parse(JSON.stringify(headOf(record))) as unknown;
      const { id, bytes } = await keys.current();
      const sealed = { keyId: id, ...sealText(bytes, JSON.stringify(record), associatedOf(key, id, head)) };
      return `${JSON.stringify({ format, schema, key, head, sealed }, undefined, 2)}\n`;
    },
    async unseal(key, stored) {
      const fields = parseStored(stored);
      const sealed = fieldsOf(fields["sealed"], "sealed");
      const keyId = text(sealed["keyId"], "sealed.keyId");
      const parts = { nonce: text(sealed["nonce"], "sealed.nonce"), data: text(sealed["data"], "sealed.data") };
      const { bytes } = await keys.find(keyId);
      const plain = unsealText(bytes, parts, associatedOf(key, keyId, fields["head"]));
      if (plain === undefined) throw new Misfit("its seal is broken: it was changed, or it belongs to another vault or another name");
      return checkRecord(parseJson(plain.toString()));
    },
  };
}

/** What may be read without a key. Throws `Misfit`. */
export function readHead(key: VaultKey, stored: string): RecordHead {
  const fields = parseStored(stored);
  if (fields["key"] !== key) throw new Misfit("it was stored under another name");
  return checkHead(fields["head"]);
}

function associatedOf(key: VaultKey, keyId: string, head: unknown): string {
  return JSON.stringify([format, schema, key, keyId, head]);
}

/** Stored by schema 1, before there were seals: the record itself. Throws `Misfit`; undefined: it is none of schema 1's. S04 */
export function readPlain(stored: string): VaultRecord | undefined {
  const value = fieldsOf(parseJson(stored), "");
  return value["schema"] === 1 && value["format"] === undefined ? checkRecord(value) : undefined;
}
