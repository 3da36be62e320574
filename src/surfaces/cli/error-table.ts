import type { ErrorCode } from "../../base/errors.ts";

export interface ErrorExplanation {
  /** What happened, in one or two sentences. */
  readonly meaning: string;
  /** What the person does about it. */
  readonly remedy: string;
}

/** Every error code explained; `docs/troubleshooting.md` is generated from this table. Total: a new code does not compile without its words. */
export const errorTable: Readonly<Record<ErrorCode, ErrorExplanation>> = {
  config_unreadable: {
    meaning: "A configuration file exists, or was named with `--config` or `MCPASS_CONFIG`, but could not be read.",
    remedy: "Check the path and the file's permissions. Without `--config`, mcpass works with no file at all.",
  },
  config_invalid: {
    meaning: "A configuration file is not valid JSON with comments. The message gives file, line and column, and a caret marks the place.",
    remedy: "Correct the marked place; a missing comma or quote just before it is the usual cause.",
  },
  entry_invalid: {
    meaning: "One server's entry has a field that is missing or of the wrong kind. Only that server is affected.",
    remedy: "Correct the named field at the given line, or compare it with `docs/configuration.md`; editors check the file when it names the schema.",
  },
  variable_unset: {
    meaning: "An entry uses `{env:NAME}` and that variable is not set where mcpass runs. Only that server is affected; nothing was sent.",
    remedy: "Set the variable in the shell or service that starts mcpass, or remove the reference.",
  },
  file_reference_unreadable: {
    meaning: "An entry uses `{file:path}` or names a file in `tls`, or a flag names a file, and that file could not be read or used.",
    remedy: "Check the path (relative paths start at the configuration file's folder) and its permissions.",
  },
  untrusted: {
    meaning: "The server is configured only in a project's file that you have not trusted, or that has changed since. Nothing of it was expanded, started or contacted.",
    remedy: "Run `mcpass trust` in the project: it shows what the file would contact and start, and asks.",
  },
  forbidden_by_policy: {
    meaning: "The policy of whoever administers this machine does not allow it: this server, its authorization server, a client that registers itself, or a scope. The message names the policy's file and the rule. Nothing was sent.",
    remedy: "Ask your administrator. What is allowed stands in the policy's file; see docs/policy.md.",
  },
  policy_invalid: {
    meaning: "There is a policy for this machine, but it cannot be read or understood, so nothing is allowed.",
    remedy: "Ask your administrator to put the file right that the message names; what may stand in it is in docs/policy.md.",
  },
  server_unknown: {
    meaning: "No configured server has this name.",
    remedy: "`mcpass list --offline` shows the names; a bare `https://…` address works in place of a name.",
  },
  usage: {
    meaning: "The command line is not one that mcpass understands, or it leaves out something that cannot be asked for here.",
    remedy: "`mcpass <command> --help` shows the command's words and flags.",
  },
  port_busy: {
    meaning: "The port that `mcpass serve` would listen on is taken; the message says by whom, where the system tells.",
    remedy: "Use the server that is there already (`mcpass serve --link` opens its page), end it, or choose another port with `--port`.",
  },
  unreachable: {
    meaning: "No connection came about: the name did not resolve, the connection was refused or reset, or the certificate was not accepted. The message names the address and the cause.",
    remedy: "Check the URL, the network and any VPN or proxy (`HTTPS_PROXY`, `NO_PROXY`); for a private certificate authority set `tls.ca` in the server's entry, or `NODE_EXTRA_CA_CERTS`.",
  },
  timed_out: {
    meaning: "The server did not answer in time. The message names the address and what was asked of it.",
    remedy: "Try again; for a slow server raise its `timeout` in the configuration.",
  },
  answer_invalid: {
    meaning: "An answer came that is not what the protocol says: not JSON, too large, or without a field that is needed.",
    remedy: "A sign-in portal or proxy answering in the server's place is the usual cause; open the named URL in a browser. Otherwise tell the server's operator.",
  },
  url_insecure: {
    meaning: "An address that credentials would go to is not https, or has a scheme that is not allowed. Plain http is accepted for this machine only.",
    remedy: "Use the https address. When the server's own metadata names the bad address, its operator must correct that.",
  },
  address_private: {
    meaning: "A public server's metadata points to an address inside a private network. mcpass does not follow that.",
    remedy: "If the server is yours and this is intended, set `allowPrivate: true` in its entry.",
  },
  discovery_failed: {
    meaning: "The server asks for a sign-in, but where to sign in could not be found out. The message lists the addresses that were tried and what each answered.",
    remedy: "Check the server's URL. If you know the authorization server, set `oauth.issuer` or `oauth.authServerMetadataUrl` in the entry.",
  },
  resource_mismatch: {
    meaning: "The server's metadata describes another resource than the URL that was configured, so a token for it could be used elsewhere.",
    remedy: "Configure the URL that the metadata names. If the difference is known to be harmless, pin it with `oauth.resource`.",
  },
  issuer_mismatch: {
    meaning: "An authorization server calls itself by another name than the one it was found under. A mix-up of issuers starts this way, so mcpass stops.",
    remedy: "Ask the server's operator; if the other name is right, pin it with `oauth.issuer`.",
  },
  issuer_changed: {
    meaning: "The server now names another authorization server than the one your sign-in came from. Nothing stored was sent to the new one.",
    remedy: "Read both names in the message. If the change is expected, `mcpass auth <server>` signs in at the new one.",
  },
  pkce_unsupported: {
    meaning: "The authorization server does not support PKCE with S256, which protects the sign-in on its way through the browser.",
    remedy: "The server's operator must enable it. If only the announcement is missing, leave `oauth.pkce` at `auto`.",
  },
  registration_unavailable: {
    meaning: "The authorization server takes no new clients by itself, and no client id is configured for this server.",
    remedy: "Register an application with the provider, using the redirect URI that the message gives, and set `oauth.clientId` (and `oauth.clientSecret` if it has one).",
  },
  registration_refused: {
    meaning: "The authorization server refused to register mcpass as a client; the message has its reason.",
    remedy: "Register an application by hand and set `oauth.clientId`, or correct what the reason names (often `oauth.redirectUri` or `oauth.clientName`).",
  },
  client_invalid: {
    meaning: "The authorization server does not accept this client: the client id is unknown there, or its secret or way of sending it is wrong.",
    remedy: "Check `oauth.clientId` and `oauth.clientSecret`; some providers need `oauth.tokenEndpointAuthMethod`. Then `mcpass auth <server>`.",
  },
  callback_port_busy: {
    meaning: "The sign-in needs one exact port on this machine for the browser to come back to, and another program holds it.",
    remedy: "Stop that program, or register another redirect URI with the provider and set `oauth.callbackPort` or `oauth.redirectUri` to match.",
  },
  callback_invalid: {
    meaning: "What came back from the browser does not belong to this sign-in: another or an old attempt, a wrong issuer, or an incomplete address.",
    remedy: "Start again with `mcpass auth <server>` and use the address printed last. When pasting, paste the whole address.",
  },
  authorization_refused: {
    meaning: "The authorization server, or the person at the browser, refused the sign-in; the message has the reason given.",
    remedy: "Start again and approve, or ask the provider's administrator; for `invalid_scope`, try another `--scope`.",
  },
  authorization_expired: {
    meaning: "Nobody finished the sign-in in the browser before its deadline.",
    remedy: "Run `mcpass auth <server>` again; `--timeout SECONDS` waits longer.",
  },
  cancelled: {
    meaning: "The command was interrupted (Ctrl-C, or a signal). Nothing half-finished was kept.",
    remedy: "Run it again when you are ready.",
  },
  token_refused: {
    meaning: "The authorization server refused to exchange the sign-in's code for a token; the message has its reason.",
    remedy: "Start again with `mcpass auth <server>`. If it repeats, check the client's settings at the provider: redirect URI, secret, allowed scopes.",
  },
  renewal_failed: {
    meaning: "The token could not be renewed just now: the authorization server was unreachable, busy or answered oddly; or it asked to wait. The sign-in itself is kept, and the message says when it is tried again.",
    remedy: "Try again then. No new sign-in is needed unless mcpass says so.",
  },
  grant_ended: {
    meaning: "The authorization server says that the sign-in is over: it expired, was revoked, or its refresh token is no longer valid. What it refused is set aside.",
    remedy: "`mcpass auth <server>` signs in again; `mcpass vault history <server>` tells what happened before.",
  },
  sign_in_required: {
    meaning: "The server needs a sign-in, and this command may not start one by itself.",
    remedy: "`mcpass auth <server>`, or repeat the command with `--sign-in`.",
  },
  scope_insufficient: {
    meaning: "The sign-in is good, but what was asked needs more permission (scopes) than it has.",
    remedy: "`mcpass auth <server> --force --scope \"…\"` with the scopes that the message names.",
  },
  header_refused: {
    meaning: "The server refused the credential in the configured `headers`. A configured header comes first, so no OAuth sign-in was started.",
    remedy: "Correct or renew the key in the entry's `headers`. To use OAuth instead, remove the header, or add `oauth: {}`.",
  },
  token_rejected: {
    meaning: "The server refused a token that its own authorization server had just issued.",
    remedy: "Check that the server's URL and `oauth.resource` or `oauth.audience` are what the provider expects; then sign in again with `--force`.",
  },
  headers_command_failed: {
    meaning: "The program in `headersCommand` could not be started, took too long, failed, or printed something else than headers as JSON. The message has its exit code and the last line of its standard error; its output is shown nowhere.",
    remedy: "Run the command by hand; it must print an object of header names and texts, or `{\"headers\": …, \"expiresAt\": …}`.",
  },
  secret_command_failed: {
    meaning: "A program that gives a secret (`oauth.clientSecretCommand` and its like) could not be started, took too long, failed, or printed something else than one secret. The message has its exit code and the last line of its standard error; its output is shown nowhere.",
    remedy: "Run the command by hand; it must print the secret and nothing else. `oauth.commandTimeout` gives it more time.",
  },
  oauth_unsupported: {
    meaning: "The server refuses unauthenticated requests but says nothing of OAuth.",
    remedy: "It most likely wants a key: set it in the entry's `headers`, for example `\"Authorization\": \"Bearer {env:MY_KEY}\"`.",
  },
  vault_unreadable: {
    meaning: "A stored sign-in exists but cannot be read, or the database that `MCPASS_VAULT` names cannot be asked. Nothing was moved, changed or deleted.",
    remedy: "Check the named file and its permissions, or restore it from a backup; if it is lost, move it away and sign in again. A database: do what the hint says; no new sign-in is needed.",
  },
  vault_locked: {
    meaning: "The sign-ins are there, but the key that opens them cannot be had: the keychain is locked, absent or silent, `MCPASS_KEY` is not set or another, or the key file is gone. Nothing was changed, and signing in again would not help.",
    remedy: "`mcpass vault status` names where the key comes from. Unlock the keychain, set `MCPASS_KEY`, or put the key file back; `mcpass vault rekey --to file` moves a vault that can be opened away from its keychain.",
  },
  vault_unwritable: {
    meaning: "A sign-in could not be stored: the disk is full, the folder cannot be written to, the system or the file system gives no locks to keep two processes apart, or the database that `MCPASS_VAULT` names cannot be had. A token that was renewed already is used from memory, and storing it is tried again.",
    remedy: "Check the named folder (`--home DIR` or `MCPASS_HOME` uses another one), or that the database is up and lets this user write; `mcpass vault status` says whether there are locks. Leave a running program running until it says that the token is stored.",
  },
  vault_busy: {
    meaning: "Another mcpass process is working on the same sign-in and did not finish in time.",
    remedy: "Let it finish, or end the process that the message names; then try again.",
  },
  server_disabled: {
    meaning: "The server is configured with `enabled: false`.",
    remedy: "Set `enabled: true` in its entry.",
  },
  server_failed: {
    meaning: "The server answered with an error; the message has the HTTP status and what was asked.",
    remedy: "Try again later; when it stays, check the URL and ask the server's operator.",
  },
  protocol_failed: {
    meaning: "The server was reached, but does not speak MCP as expected: another protocol revision, another transport, or no MCP at all.",
    remedy: "Check that the URL is the MCP endpoint (it often ends in `/mcp`); try `--transport sse` or `--protocol legacy`.",
  },
  process_failed: {
    meaning: "A local server's command could not be started, or ended before it answered. The message has its exit code and its last words.",
    remedy: "Run the command by hand; check `command`, `cwd` and `environment` in its entry.",
  },
  tool_unknown: {
    meaning: "The server has no tool of this name.",
    remedy: "`mcpass tools <server>` lists the tools.",
  },
  tool_failed: {
    meaning: "The tool ran and reported an error, or refused its arguments.",
    remedy: "Read the tool's own words; `mcpass tools <server> --json` shows what arguments it takes.",
  },
  internal: {
    meaning: "Something unexpected happened inside mcpass.",
    remedy: "Repeat the command with `--verbose` and report what it shows; secrets are left out of it.",
  },
};
