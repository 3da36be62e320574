import { checkHead } from "./head-shape.ts";
import { type RecordHead, headOf } from "./record-head.ts";
import type { DataKeys } from "./data-keys.ts";
import { format, parseJson, requireFormat, schema } from "./key-record.ts";
import { checkRecord } from "./record-shape.ts";
import { seal as sealText, unseal as unsealText } from "./sealing.ts";
import { fieldsOf, Misfit, text } from "./shape.ts";
import type { VaultKey } from "./vault-key.ts";
import type { VaultRecord } from "./vault-record.ts";

/** Records as they are stored: their head readable, the whole of them sealed, both authenticated together with the key they are stored under. */
export interface Seal {
  seal(key: VaultKey, record: VaultRecord): Promise<string>;
  /** Of the JSON object that was stored. Throws `Misfit` (it was changed, or is not one), `vault_locked`. */
  unseal(key: VaultKey, fields: Record<string, unknown>): Promise<VaultRecord>;
}

export function createSeal(keys: DataKeys): Seal {
  return {
    async seal(key, record) {
      const head = JSON.parse(JSON.stringify(headOf(record))) as unknown;
      const { id, bytes } = await keys.current();
      const sealed = { keyId: id, ...sealText(bytes, JSON.stringify(record), associatedOf(key, id, head)) };
      return `${JSON.stringify({ format, schema, key, head, sealed }, undefined, 2)}\n`;
    },
    async unseal(key, fields) {
      const keyId = keyIdIn(fields);
      const sealed = fieldsOf(fields["sealed"], "sealed");
      const parts = { nonce: text(sealed["nonce"], "sealed.nonce"), data: text(sealed["data"], "sealed.data") };
      const { bytes } = await keys.find(keyId);
      const plain = unsealText(bytes, parts, associatedOf(key, keyId, fields["head"]));
      if (plain === undefined) throw new Misfit("its seal is broken: it was changed, or it belongs to another vault or another name");
      return checkRecord(parseJson(new TextDecoder().decode(plain)));
    },
  };
}

/** What may be read without a key. Throws `Misfit`. */
export function readHead(key: VaultKey, fields: Record<string, unknown>): RecordHead {
  requireFormat(fields);
  if (fields["key"] !== key) throw new Misfit("it was stored under another name");
  return checkHead(fields["head"]);
}

/** The key that it is sealed with. Throws `Misfit`. */
export function keyIdIn(fields: Record<string, unknown>): string {
  return text(fieldsOf(requireFormat(fields)["sealed"], "sealed")["keyId"], "sealed.keyId");
}

/** Stored by schema 1, before there were seals: the record itself. Throws `Misfit`; undefined: it is none of schema 1's. S04 */
export function readPlain(fields: Record<string, unknown>): VaultRecord | undefined {
  return fields["schema"] === 1 && fields["format"] === undefined ? checkRecord(fields) : undefined;
}

/** Throws `Misfit`. */
export function parseFields(stored: string): Record<string, unknown> {
  return fieldsOf(parseJson(stored), "");
}

function associatedOf(key: VaultKey, keyId: string, head: unknown): string {
  return JSON.stringify([format, schema, key, keyId, head]);
}
