import { localSchema, remoteSchema } from "../../config/entry-schema.ts";
import { boolean, type Infer, list, literal, object, oneOf, optional, record, type Schema, string, whole } from "../../config/schema.ts";
import { anyObject, closed, type Component, component, described, instant, nullable, union } from "./json-schema.ts";

/** Everything that goes over the wire, by name: it types what the routes give, checks what they take, and is the document's `components`. */

const words = (): Schema<string> => string("a text");
const count = (): Schema<number> => whole(0, Number.MAX_SAFE_INTEGER, "a number");
const status = <const S extends string>(only: S): Schema<S> => literal(only, `"${only}"`);

const statusShapes = [
  component("MCPStatusConnected", closed(object({ status: status("connected") }))),
  component("MCPStatusDisabled", closed(object({ status: status("disabled") }))),
  component("MCPStatusFailed", closed(object({ status: status("failed"), error: words() }))),
  component("MCPStatusNeedsAuth", closed(object({ status: status("needs_auth") }))),
  component("MCPStatusNeedsClientRegistration", closed(object({ status: status("needs_client_registration"), error: words() }))),
] as const;
export const mcpStatus = component("MCPStatus", union(statusShapes));
export type McpStatus = Infer<typeof mcpStatus>;
export const statusNames = ["connected", "disabled", "failed", "needs_auth", "needs_client_registration"] as const;
export const statusMap = record(mcpStatus, "an object of statuses by server name");

/** Checked by the manager, which reads it like an entry of a file: the same schema says what is wrong. */
export const addBody = object({
  name: described("Any text but `oauth`, `.` and `..`.", string("a text in quotes", [(name) => (name === "" ? "a text that is not empty" : name === "." || name === ".." ? "another text: no path of a URL can hold it" : undefined)], { minLength: 1 })),
  config: anyObject("an object: a server's entry", () => ({ anyOf: [mcpLocalConfig.json(), mcpRemoteConfig.json()] })),
});
const mcpLocalConfig = component("McpLocalConfig", localSchema);
const mcpRemoteConfig = component("McpRemoteConfig", remoteSchema);

export const startBody = object({ account: optional(words()), scope: optional(described("Space separated; replaces the configured scope.", words())), force: optional(described("Sign in again although a usable sign-in is stored.", boolean())), device: optional(described("With a code that is typed in at another device.", boolean())) });
export const cancelBody = object({ account: optional(words()) });
export const startedAuth = component("McpAuthStarted", object({ authorizationUrl: described("URL to open in a browser; empty when there is nothing to do.", words()), oauthState: words(), device: optional(described("For a sign-in at another device: the code to type in there.", object({ userCode: words(), verificationUri: words() }))), notice: optional(described("What the person is asked to agree to.", anyObject("a notice", () => ({ type: "object", required: ["issuer", "account", "scopes", "clientId", "expiresAt"], properties: { issuer: { type: "string" }, account: { type: "string" }, scopes: { type: "array", items: { type: "string" } }, clientId: { type: "string" }, expiresAt: { type: "number" } } })))) }));
export const callbackBody = component(
  "McpAuthCallback",
  object({
    url: optional(described("The whole redirect URL, as the browser was sent to it.", words())),
    code: optional(described("Authorization code from the callback. Alone it counts only while one authorization of the server is pending and its issuer does not advertise `iss`.", words())),
    state: optional(words()),
    iss: optional(words()),
    error: optional(described("What the issuer sent instead of a code.", words())),
    error_description: optional(words()),
  }),
);

export const errorAnswer = component(
  "ErrorAnswer",
  object({
    error: described("What happened, with names and URLs.", words()),
    code: described("For programs; see docs/troubleshooting.md.", words()),
    hint: optional(described("The next command or setting.", words())),
    redirectUri: optional(described("To be registered with the issuer.", words())),
    signIn: optional(described("How to sign in: over this API, and from a shell.", object({ method: status("POST"), path: words(), command: words() }))),
  }),
);
export type ErrorAnswer = Infer<typeof errorAnswer>;
/** OpenCode's three. */
export const badRequest = component("BadRequestError", object({ name: status("BadRequest"), data: object({ message: words(), kind: oneOf(["Params", "Headers", "Query", "Body", "Payload"]) }) }));
export const serverNotFound = component("McpServerNotFoundError", closed(object({ _tag: status("McpServerNotFoundError"), name: words(), message: words() })));

const identity = component("Identity", object({ subject: nullable(words()), name: nullable(words()), email: nullable(words()) }));
const account = component(
  "Account",
  object({
    account: words(),
    identity: nullable(identity),
    issuer: words(),
    state: oneOf(["authenticated", "expired", "ended", "unreadable"]),
    scopes: list(words(), "a list of scopes"),
    expiresAt: nullable(instant()),
    renewable: boolean(),
    obtainedAt: nullable(instant()),
    clientId: words(),
    error: nullable(errorAnswer),
  }),
);
export const serverDetails = component(
  "McpServer",
  object({
    name: words(),
    type: oneOf(["remote", "local"]),
    url: nullable(words()),
    command: nullable(list(words(), "a list")),
    status: oneOf(statusNames),
    connecting: described("An attempt to connect is under way.", boolean()),
    enabled: described("false: the configuration switches it off.", boolean()),
    account: described("The account that is used; null where there is no sign-in.", nullable(words())),
    identity: nullable(identity),
    issuer: nullable(words()),
    scopes: list(words(), "a list of scopes"),
    expiresAt: nullable(instant()),
    renewable: nullable(boolean()),
    renewals: described("How often the sign-in that is used was renewed.", nullable(count())),
    error: described("The last error, also one that does not stop the connection yet.", nullable(errorAnswer)),
    next: described("The next command, where there is something to do.", nullable(words())),
    tools: nullable(count()),
    protocolVersion: nullable(words()),
    accounts: described("Every account that is signed in to this server.", list(account, "a list")),
    source: object({ file: words(), line: count(), layer: words() }),
  }),
);
export type ServerDetails = Infer<typeof serverDetails>;

const tool = component("Tool", anyObject("a tool", () => ({ type: "object", required: ["name", "inputSchema"], properties: { name: { type: "string" }, title: { type: "string" }, description: { type: "string" }, inputSchema: { type: "object" } } })));
export const toolList = object({ tools: list(tool, "a list of tools") });
export const callBody = object({ arguments: optional(anyObject("an object of arguments")) });
export const streamedCall = object({ tool: optional(described("One of these three.", words())), prompt: optional(words()), resource: optional(described("Its URI.", words())), arguments: optional(anyObject("an object of arguments")) });
const named = (what: string): Component<Readonly<Record<string, unknown>>> => component(what, anyObject(`a ${what.toLowerCase()}`, () => ({ type: "object", required: ["name"], properties: { name: { type: "string" }, title: { type: "string" }, description: { type: "string" } } })));
const prompt = named("Prompt");
const resource = named("Resource");
export const promptList = object({ prompts: list(prompt, "a list of prompts") });
export const promptBody = object({ arguments: optional(record(words(), "an object of texts")) });
export const promptResult = anyObject("a prompt's messages", () => ({ type: "object", required: ["messages"], properties: { messages: { type: "array", items: { type: "object" } } } }));
export const resourceList = object({ resources: list(resource, "a list of resources") });
export const resourceBody = object({ uri: words() });
export const resourceResult = anyObject("a resource's contents", () => ({ type: "object", required: ["contents"], properties: { contents: { type: "array", items: { type: "object" } } } }));

const elicitation = component("Elicitation", object({ id: words(), server: words(), request: described("The params of the server's `elicitation/create`, as it sent them.", anyObject()) }));
export const elicitationList = object({ elicitations: list(elicitation, "a list of questions") });
export const elicitationAnswer = object({ action: oneOf(["accept", "decline", "cancel"]), content: optional(anyObject("an object of answers")) });
export const taken = object({ success: literal(true, "true") });
export const toolResult = component("CallToolResult", anyObject("a result", () => ({ type: "object", required: ["content"], properties: { content: { type: "array", items: { type: "object", required: ["type"], properties: { type: { type: "string" }, text: { type: "string" } } } }, structuredContent: {}, isError: { type: "boolean", description: "The tool ran and says that it failed." } } })));

export const examination = component(
  "Examination",
  object({
    server: words(),
    url: nullable(words()),
    account: nullable(words()),
    at: instant(),
    durationMs: described("milliseconds", instant()),
    findings: list(anyObject("a finding", () => ({ type: "object", required: ["leg", "mark", "said"], properties: { leg: { type: "string" }, mark: { enum: ["good", "note", "warning", "bad"] }, said: { type: "string" }, url: { type: "string" }, status: { type: "integer" }, durationMs: { type: "number" }, expected: { type: "string" }, clause: { type: "string" } } })), "a list"),
    grants: list(anyObject(), "a list"),
    verdict: object({ kind: words(), fault: nullable(words()), words: words(), error: nullable(errorAnswer) }),
    remedy: nullable(anyObject("a remedy", () => ({ type: "object", required: ["said"], properties: { said: { type: "string" }, command: { type: "string" }, redirectUri: { type: "string" }, config: { type: "object" } } }))),
    exchanges: optional(list(anyObject(), "a list")),
  }),
);

export const health = component("Health", object({ name: status("mcpass"), version: words(), ok: literal(true, "true"), processId: optional(described("For callers with a credential only.", count())) }));
export const sessionLink = component("SessionLink", object({ url: described("Opens the web page, once, within five minutes.", words()), expiresAt: instant() }));
export const event = component("Event", object({ id: words(), type: words(), properties: anyObject() }));
export const openDocument = anyObject("an OpenAPI document");
export const signedOut = object({ success: literal(true, "true") });

/** In the order of the document. */
export const components: readonly Component<unknown>[] = [
  mcpStatus,
  ...statusShapes,
  mcpLocalConfig,
  mcpRemoteConfig,
  startedAuth,
  callbackBody,
  errorAnswer,
  badRequest,
  serverNotFound,
  identity,
  account,
  serverDetails,
  tool,
  toolResult,
  prompt,
  resource,
  elicitation,
  examination,
  health,
  sessionLink,
  event,
];
