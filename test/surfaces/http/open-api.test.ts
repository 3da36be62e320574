import { Validator } from "@seriousme/openapi-schema-validator";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { clientTypes, httpDocument, httpDocumentText } from "../../../scripts/docs/http-api.ts";
import type { ErrorCode } from "../../../src/base/errors.ts";
import { McpassError } from "../../../src/base/errors.ts";
import { answerTo, errorStatuses } from "../../../src/surfaces/http/error-answers.ts";
import type { paths } from "./generated-client.ts";

const again = "npm run docs";

test("the document is a valid OpenAPI 3.1 document, and everything it refers to is in it", async () => {
  const document = httpDocument();
  const { valid, errors } = await new Validator().validate(JSON.parse(httpDocumentText()) as Record<string, unknown>);
  expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
  const text = JSON.stringify(document);
  const named = [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name = ""]) => name);
  const { components } = document as { readonly components: { readonly schemas: object } };
  expect(new Set(named)).toEqual(new Set(Object.keys(components.schemas).filter((name) => name !== "Event")));
});

test("every operation has a name of its own and says what it answers", () => {
  const { paths: all } = httpDocument() as { readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string; readonly summary: string; readonly responses: object }>>>> };
  const operations = Object.values(all).flatMap((methods) => Object.values(methods));
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  expect(operations.filter(({ summary, responses }) => summary === "" || Object.keys(responses).length < 2)).toEqual([]);
});

test("docs/openapi.json and the client's types are what the routes say", async () => {
  expect(readFileSync("docs/openapi.json", "utf8"), again).toBe(httpDocumentText());
  expect(readFileSync("test/surfaces/http/generated-client.ts", "utf8"), again).toBe(await clientTypes());
});

test("the types that are made of the document are a client's: this compiles", async () => {
  type Status = paths["/mcp"]["get"]["responses"][200]["content"]["application/json"];
  const words = (status: Status[string]): string => (status.status === "failed" || status.status === "needs_client_registration" ? status.error : status.status);
  expect(words({ status: "failed", error: "it hangs" })).toBe("it hangs");
  // @ts-expect-error: connected has no error
  expect(words({ status: "connected", error: "none" })).toBe("connected");
});

test("U03: an error answers with its code and its next command, and where a sign-in settles it, with the operation that starts one", () => {
  const error = new McpassError("sign_in_required", "a b needs a sign-in.", { hint: 'mcpass auth "a b"' });
  expect(answerTo(error, { name: "a b" }, never)).toEqual({
    status: 409,
    body: { error: "a b needs a sign-in.", code: "sign_in_required", hint: 'mcpass auth "a b"', signIn: { method: "POST", path: "/mcp/a%20b/auth", command: 'mcpass auth "a b"' } },
  });
  const unavailable = new McpassError("registration_unavailable", "It registers nobody.", { hint: "Register one.", details: { redirectUri: "http://127.0.0.1:19876/mcp/oauth/callback" } });
  expect(answerTo(unavailable, { name: "x", conflictIs: 400 }, never)).toEqual({
    status: 400,
    body: { error: "It registers nobody. Redirect URI to register: http://127.0.0.1:19876/mcp/oauth/callback", code: "registration_unavailable", hint: "Register one.", redirectUri: "http://127.0.0.1:19876/mcp/oauth/callback" },
  });
});

test("every error code but internal has a status that puts the fault where it is, and only internal is told to the operator", () => {
  const told: unknown[] = [];
  for (const [code, status] of Object.entries(errorStatuses) as [ErrorCode, number][]) {
    expect(answerTo(new McpassError(code, "x"), { name: "x" }, (thrown) => told.push(thrown)).status).toBe(status);
    expect(status === 500).toBe(code === "internal");
  }
  expect(answerTo(new TypeError("secret words"), { name: "x" }, (thrown) => told.push(thrown))).toEqual({ status: 500, body: { error: "Something unexpected happened inside mcpass.", code: "internal", hint: "mcpass serve says more on its standard error" } });
  expect(told).toHaveLength(2);
});

function never(): never {
  throw new Error("nothing was unforeseen");
}
