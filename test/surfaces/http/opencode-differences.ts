/** An operation that OpenCode has too, and everything in which ours is another, on purpose. */
export interface Difference {
  /** "*": all. */
  readonly operation: string;
  /** The line of the comparison, or how it begins. */
  readonly line: string;
  readonly reason: string;
}

const bodies = ["mcp.add", "mcp.auth.start", "mcp.auth.callback", "mcp.auth.authenticate"];
const signIns = ["mcp.auth.start", "mcp.auth.callback", "mcp.auth.authenticate"];
const each = (operations: readonly string[], line: string, reason: string): readonly Difference[] => operations.map((operation) => ({ operation, line, reason }));

export const differences: readonly Difference[] = [
  { operation: "*", line: "401 only ours", reason: "Nothing is served to who cannot show that they may (Z07); OpenCode serves everybody unless a password is set, and does not document what it answers then." },
  { operation: "*", line: "403 only ours", reason: "Another Host or Origin is refused, so that no web page drives this server (Z07); so is what a policy forbids." },
  { operation: "*", line: "500 only ours", reason: "It can happen there too; here it is documented." },
  ...each(bodies, "413 only ours", "A body has a largest size."),
  ...each(bodies, "415 only ours", "A body must be declared as JSON, which pages of other origins cannot do unasked (Z07)."),
  ...each(["mcp.status", "mcp.auth.remove", "mcp.connect", "mcp.disconnect"], "400 only theirs", "Nothing of such a request can be malformed: it has no body, and its query is not read."),
  ...each(signIns, "502 only ours", "The server or its issuer failed: OpenCode answers 500 without the cause, which stands in its log only."),
  ...each([...signIns, "mcp.auth.remove"], "503 only ours", "The vault, or the callback port, is not to be had now."),
  ...each(signIns, "504 only ours", "The server or its issuer did not answer in time."),
  { operation: "mcp.add", line: "body only ours .config", reason: "An entry may say more than OpenCode's." },
  ...each(["mcp.auth.start", "mcp.auth.authenticate"], "body only", "The account and the scopes may be chosen; a request without a body is what it is there."),
  { operation: "mcp.auth.start", line: "200 only ours .device", reason: "A sign-in at another device has a code to type in." },
  { operation: "mcp.auth.start", line: "200 only ours .notice", reason: "What the person is asked to agree to: which issuer gets to know which scopes (Z08)." },
  { operation: "mcp.auth.callback", line: "body only theirs .code: string", reason: "The redirect URL, or an error, may come in its place." },
  { operation: "mcp.auth.callback", line: "body only ours", reason: "A code alone cannot be told from one that an attacker had sent to this client (RFC 9207, RFC 6749 §10.12): `url`, `state` and `iss` say where it comes from." },
  ...each(bodies, "400 only theirs <InvalidRequestError>", "Documented there, and not what it sends: seen running, it sends the BadRequest of an invalid payload, as here."),
  ...each(["mcp.add", "mcp.auth.callback"], "400 only theirs <BadRequest>._tag", "Documented there, and not what it sends: seen running, it sends `name` and `data`, as here."),
  ...each(bodies, "400 only ours <BadRequest>", "What OpenCode sends for an invalid payload, though it documents another shape."),
  ...each(bodies, "400 only ours .", "Beside the `error` of OpenCode's clients: a code for programs, the next command, the redirect URI to register, and how to sign in (U03)."),
  { operation: "mcp.auth.remove", line: "query only ours", reason: "One of several accounts may be meant, and revoking may be left out." },
];
