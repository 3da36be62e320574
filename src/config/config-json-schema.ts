import { localSchema, oauthSchema, remoteSchema, sharedShape, timeoutSchema, timeoutShape, tlsSchema, topShape } from "./entry-schema.ts";
import { gatewayDescriptions, localDescriptions, oauthDescriptions, remoteDescriptions, timeoutDescriptions, tlsDescriptions, topDescriptions } from "./field-descriptions.ts";
import { isRawObject, type RawObject, snakeCase } from "./lower-entry.ts";
import { object, type Schema } from "./schema.ts";

type Descriptions = Readonly<Record<string, string>>;

/** The editors' JSON Schema (draft 7) of a configuration, from the schema the program checks with. Never loaded by a command. */
export function configJsonSchema(): object {
  const timeout = withAlternatives(emit(timeoutSchema), described(emit(object(timeoutShape)), timeoutDescriptions));
  const oauth = described(emit(oauthSchema), oauthDescriptions);
  const tls = described(emit(tlsSchema), tlsDescriptions);
  const remote = withParts(described(emit(remoteSchema), remoteDescriptions), { oauth, timeout, tls });
  const local = withParts(described(emit(localSchema), localDescriptions), { timeout });
  const stub = { ...withParts(described(emit(object(sharedShape)), remoteDescriptions), { timeout }), additionalProperties: false, minProperties: 1 };
  const second = [remote, local, stub].map(secondShape);
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "mcpass configuration",
    description: "The MCP servers to sign in to and to use. An opencode.json is one too; its other keys are ignored.",
    type: "object",
    properties: { $schema: { type: "string", description: "This schema." }, mcp: servers(timeout), ...top() },
    definitions: {
      entry: { description: "One MCP server, or an override of one.", anyOf: [remote, local, stub] },
      secondEntry: { description: "One MCP server, in the second shape's words.", anyOf: second },
    },
  };
}

function servers(timeout: RawObject): object {
  return {
    description: "Servers by name.",
    type: "object",
    properties: {
      servers: {
        description: "Servers by name, in the second shape (snake_case); or a server of that name.",
        anyOf: [{ $ref: "#/definitions/entry" }, { type: "object", additionalProperties: { $ref: "#/definitions/secondEntry" } }],
      },
      timeout: { description: "The default for every server's timeout; or a server of that name.", anyOf: [timeout, { $ref: "#/definitions/entry" }] },
    },
    additionalProperties: { $ref: "#/definitions/entry" },
  };
}

function top(): RawObject {
  const properties = propertiesOf(described(emit(object(topShape)), topDescriptions));
  const experimental = described(properties["experimental"] as RawObject, { mcp_timeout: "The default for each request, in milliseconds." });
  const bridge = described(properties["bridge"] as RawObject, { open: "Every bridge may open the browser when a sign-in is needed, once for all that wait." });
  const gateway = described(properties["gateway"] as RawObject, gatewayDescriptions);
  return { ...properties, bridge, gateway, experimental };
}

function emit(schema: Schema<unknown>): RawObject {
  return schema.json();
}

function described(schema: RawObject, descriptions: Descriptions): RawObject {
  const properties = Object.entries(propertiesOf(schema)).map(([key, value]) => [key, { description: descriptions[key], ...(value as object) }]);
  return { ...schema, properties: Object.fromEntries(properties) as unknown };
}

/** Puts described parts in the place of the plain ones, keeping each property's own description. */
function withParts(schema: RawObject, parts: Readonly<Record<string, RawObject>>): RawObject {
  const properties = propertiesOf(schema);
  const replaced = Object.entries(parts).map(([key, part]) => {
    const { description } = properties[key] as { description: string };
    return [key, key === "oauth" ? { description, anyOf: [part, { type: "boolean", const: false }] } : { description, ...part }];
  });
  return { ...schema, properties: { ...properties, ...(Object.fromEntries(replaced) as RawObject) } };
}

function withAlternatives(union: RawObject, object: RawObject): RawObject {
  const alternatives = union["anyOf"] as readonly RawObject[];
  return { anyOf: alternatives.map((alternative) => (alternative["type"] === "object" ? object : alternative)) };
}

/** An entry's schema in the second shape: snake_case keys, `disabled`. */
function secondShape(schema: RawObject): RawObject {
  const { enabled: _, ...properties } = propertiesOf(schema);
  const renamed = Object.entries(properties).map(([key, value]) => [snakeCase(key), key === "oauth" ? secondOAuth(value as RawObject) : value]);
  const disabled = { description: "Whether this server is left unused. Default: false.", type: "boolean" };
  return { ...schema, properties: { ...(Object.fromEntries(renamed) as RawObject), disabled } };
}

function secondOAuth(oauth: RawObject): RawObject {
  const [object, never] = oauth["anyOf"] as readonly [RawObject, RawObject];
  const renamed = Object.entries(propertiesOf(object)).map(([key, value]) => [snakeCase(key), value]);
  return { ...oauth, anyOf: [{ ...object, properties: Object.fromEntries(renamed) as unknown }, never] };
}

function propertiesOf(schema: RawObject): RawObject {
  return isRawObject(schema["properties"]) ? schema["properties"] : {};
}
