import { expect, test } from "vitest";

import { configJsonSchema } from "../../src/config/config-json-schema.ts";
import { localShape, oauthShape, remoteShape } from "../../src/config/entry-schema.ts";

interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
  readonly definitions?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
}

const schema = configJsonSchema() as Schema;

function undescribed(part: Schema, path: string): readonly string[] {
  const own = Object.entries(part.properties ?? {}).flatMap(([key, field]) => [...(field.description ? [] : [`${path}.${key}`]), ...undescribed(field, `${path}.${key}`)]);
  const inner = [...(part.anyOf ?? []), ...Object.values(part.definitions ?? {})].flatMap((branch, index) => undescribed(branch, `${path}|${index}`));
  return [...own, ...inner];
}

test("every field of the editors' schema has a description", () => {
  expect(undescribed(schema, "")).toEqual([]);
});

test("it is draft 7 and knows the fields of both shapes", () => {
  expect(schema).toMatchObject({ $schema: "http://json-schema.org/draft-07/schema#" });
  const [remote, local, stub] = schema.definitions?.["entry"]?.anyOf ?? [];
  expect(Object.keys(remote?.properties ?? {})).toEqual(Object.keys(remoteShape));
  expect(Object.keys(local?.properties ?? {})).toEqual(Object.keys(localShape));
  expect(Object.keys(stub?.properties ?? {})).toEqual(["enabled", "timeout"]);
  expect(Object.keys(remote?.properties?.["oauth"]?.anyOf?.[0]?.properties ?? {})).toEqual(Object.keys(oauthShape));
  const second = schema.definitions?.["secondEntry"]?.anyOf?.[0]?.properties;
  expect(Object.keys(second ?? {})).toEqual(expect.arrayContaining(["disabled", "allow_private"]));
  expect(Object.keys(second?.["oauth"]?.anyOf?.[0]?.properties ?? {})).toEqual(expect.arrayContaining(["client_id", "callback_port", "auth_server_metadata_url", "headers"]));
});
