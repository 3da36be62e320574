import type { gatewayShape, localShape, oauthShape, remoteShape, timeoutShape, tlsShape, topShape } from "./entry-schema.ts";

type Descriptions<Shape> = Readonly<Record<keyof Shape, string>>;

/** What an editor shows for each field; apart from the schema so that no command loads it. A field without a sentence does not compile. */
const shared = {
  enabled: "Whether this server is used. Default: true.",
  timeout: "How long to wait, in milliseconds: for connecting (default 30000) and for each request (default 60000). An object sets startup and execution apart.",
  protocol: "Which revision of MCP to speak: found out (auto), those before 2026-07-28 (legacy), or 2026-07-28 only.",
};

export const remoteDescriptions: Descriptions<typeof remoteShape> = {
  type: "A server reached over HTTP.",
  url: "The server's MCP endpoint: an http(s) URL without user name, password and fragment. {env:NAME} and {file:path} are filled in, as in every text of an entry.",
  headers: "Headers for this server's MCP endpoint. With an Authorization or API-key header OAuth never starts by itself. Keep secrets out of the file: {env:NAME}.",
  headersCommand: "A program, with its arguments, that prints headers for this server as a JSON object, or {\"headers\": …, \"expiresAt\": …}. No shell. It runs again when they expire and once when they are refused; OAuth never starts by itself.",
  headersCommandTimeout: "How long headersCommand may take, in milliseconds. Default: 10000.",
  tls: "Certificates for https, on every request to this server and its authorization server.",
  oauth: "Settings for signing in, or false for no OAuth at all. Not needed: how to sign in is found out from the server's answers.",
  account: "The label of the account to use here.",
  allowPrivate: "Allow a public server to name addresses in private networks. Default: false.",
  transport: "Streamable HTTP (http), the older HTTP+SSE (sse), or whichever the server speaks (auto, the default).",
  ...shared,
};

export const localDescriptions: Descriptions<typeof localShape> = {
  type: "A program that is started and spoken to on its standard input and output.",
  command: "The program and its arguments, one text each; no shell is involved.",
  environment: "Environment variables for the program, beside the few it inherits (PATH, HOME and the like).",
  cwd: "The directory to start the program in. Relative paths start at the working directory, in a project file at the file's directory.",
  ...shared,
};

export const oauthDescriptions: Descriptions<typeof oauthShape> = {
  clientId: "The client id of an application that you registered with the authorization server.",
  clientSecret: "That application's secret. Keep it out of the file: {env:NAME} or {file:path}.",
  clientSecretCommand: "A program, with its arguments, that prints that secret and nothing else. No shell; it runs for every request that needs it.",
  scope: "The scopes to ask for, separated by spaces; instead of what the server names.",
  callbackPort: "The port of http://127.0.0.1:PORT/mcp/oauth/callback. Default: 19876. With redirectUri set, the port to listen on where the redirect URI is on another host, or callbackBind is set.",
  callbackHost: "The host of the redirect URI, where the browser reaches this machine by another than 127.0.0.1. Ignored when redirectUri is set.",
  callbackBind: "The IP address that the callback is listened for on; 0.0.0.0 in a container whose port is published. Other machines may then reach the listener while a sign-in runs.",
  callbackPath: "The path of the redirect URI. With redirectUri set, the path that the listener answers at.",
  redirectUri: "The redirect URI, exactly as you registered it.",
  callbackTimeout: "How long to wait for the browser, in seconds. Default: 600.",
  tokenTimeout: "How long to wait for the token endpoint, in milliseconds. Default: 30000.",
  issuer: "The only issuer to accept, exactly as its metadata says it.",
  authServerMetadataUrl: "Where the authorization server's metadata is, for servers that do not say.",
  authorizationEndpoint: "Instead of the metadata's authorization_endpoint.",
  tokenEndpoint: "Instead of the metadata's token_endpoint.",
  registrationEndpoint: "Instead of the metadata's registration_endpoint.",
  resource: "The resource parameter to send (RFC 8707), or false to send none.",
  authorizationParams: "Further parameters for the authorization request.",
  tokenParams: "Further parameters for token requests.",
  tokenPath: "Where the access token is in the token endpoint's answer, for a provider that does not put it at the top: names with dots, like authed_user.access_token.",
  audience: "The audience parameter, which some authorization servers want.",
  loginHint: "Whom the authorization server should suggest at the sign-in, mostly an e-mail address; sent as login_hint for the entry's own account. Default: the account's label where it is an e-mail address, else who that account was at its last sign-in.",
  clientName: "The name to register under. Default: mcpass.",
  clientUri: "The web page to register.",
  clientMetadataUrl: "The URL of a client metadata document that you host; it becomes the client id.",
  tokenEndpointAuthMethod: "How the client proves who it is at the token endpoint. Default: as registered.",
  iss: "Whether a callback must carry the iss its issuer advertises (RFC 9207). Default: required.",
  pkce: "strict refuses an authorization server that does not advertise S256. Default: auto, which sends S256 all the same.",
  offline: "Whether to ask for offline_access: where it is advertised (auto, the default), always, or never.",
  registrationAccessToken: "The initial access token of an authorization server that registers nobody without one. Keep it out of the file: {env:NAME} or {file:path}.",
  allowSchemeUpgrade: "Read http:// as https:// where the server's metadata names its own host: for a server behind a proxy that hides TLS. Default: false.",
  profile: "The provider profile to use instead of the one that matches the issuer, or none.",
  registration: "How to become a client: the first way that works (auto, the default), clientId (static), a metadata document (cimd) or dynamic registration (dcr).",
  headers: "Headers for the authorization server's endpoints; the server's own headers never go there.",
  grant: "How a token is come by: a person at a browser (authorization_code, the default) or at another device (device_code); without anybody by the client itself (client_credentials), by a workload's assertion (jwt-bearer), or by a company's identity provider (id-jag).",
  privateKey: "The client's private key (PEM or JWK), to sign who it is instead of sending a secret: private_key_jwt. Keep it out of the file: {env:NAME}.",
  privateKeyFile: "The file of that key, read anew for every request. Relative paths start at the configuration file's directory.",
  privateKeyCommand: "A program, with its arguments, that prints that key.",
  signingAlg: "The algorithm to sign with. Default: by the key: ES256, ES384, ES512, RS256 or EdDSA.",
  assertion: "For jwt-bearer: the assertion (a JWT). Keep it out of the file: {env:NAME}.",
  assertionFile: "For jwt-bearer: the file of the assertion; read anew for every token.",
  assertionCommand: "For jwt-bearer: a program, with its arguments, that prints the assertion.",
  assertionAudience: "The aud of what the private key signs. Default: the issuer.",
  idpIssuer: "For id-jag: the issuer of the company's identity provider, where a person signs in once for every server that names it. The ID token is then renewed by itself.",
  idpScope: "For id-jag: the scopes to ask for there. Default: openid offline_access.",
  idpTokenEndpoint: "For id-jag, without idpIssuer: the token endpoint of the identity provider, which exchanges the ID token for an assertion.",
  idpClientId: "For id-jag: the client id at the identity provider.",
  idpClientSecret: "For id-jag: the client's secret at the identity provider. Keep it out of the file: {env:NAME} or {file:path}.",
  idpClientSecretCommand: "For id-jag: a program, with its arguments, that prints that secret.",
  idToken: "For id-jag: the ID token of the identity provider. Keep it out of the file: {env:NAME}.",
  idTokenFile: "For id-jag: the file of the ID token; read anew for every token.",
  idTokenCommand: "For id-jag: a program, with its arguments, that prints the ID token.",
  commandTimeout: "How long a program that prints a secret may take, in milliseconds. Default: 30000.",
  dpop: "Ask for a token that is bound to a key of this sign-in (RFC 9449), and prove that key with every request. Default: false.",
};

export const tlsDescriptions: Descriptions<typeof tlsShape> = {
  ca: "A PEM file of certificate authorities to trust beside the usual ones. Relative paths start at the configuration file.",
  cert: "A PEM file with the client certificate, for servers that ask for one.",
  key: "A PEM file with that certificate's private key.",
  passphrase: "What the private key is encrypted with. Keep it out of the file: {env:NAME}.",
};

export const timeoutDescriptions: Descriptions<typeof timeoutShape> = {
  startup: "For connecting, in milliseconds.",
  catalog: "OpenCode's; requests for lists take execution here.",
  execution: "For each request, in milliseconds.",
};

export const topDescriptions: Descriptions<typeof topShape> = {
  account: "The label of the account to use for every server that names none.",
  bridge: "open: true lets every `mcpass bridge` open the browser when a sign-in is needed, once for all that wait, as --open does; in your own file only.",
  gateway: "What is reached through the gateway of `mcpass serve`: allow and deny list servers, tools has such lists for each server's tools, search: true lists two tools in place of all; in your own file only.",
  experimental: "OpenCode's: mcp_timeout is the default for each request, in milliseconds.",
};

export const gatewayDescriptions: Descriptions<typeof gatewayShape> = {
  allow: "Only these servers; * stands for any text.",
  deny: "Not these servers, even if they are allowed.",
  tools: "By a server's name: allow (only these tools) and deny (not these).",
  search: "All servers as one list search_tools and call_tool in place of every tool.",
};
