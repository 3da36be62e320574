import type { Application } from "../application/application.ts";
import { isRawObject, type RawObject } from "../lower-entry.ts";
import { type Dialect, given } from "./read-foreign-entry.ts";

const object = (value: unknown): RawObject => (isRawObject(value) ? value : {});
const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
const list = (value: unknown): string | undefined => (Array.isArray(value) ? value.filter((word) => typeof word === "string").join(" ") || undefined : text(value));
const seconds = (value: unknown): number | undefined => (typeof value === "number" && value > 0 ? Math.round(value * 1000) : undefined);
const withPrefix = (value: unknown, prefix: string): Readonly<Record<string, string>> => Object.fromEntries(Object.entries(object(value)).flatMap(([name, variable]) => (typeof variable === "string" ? [[name, `${prefix}{env:${variable}}`]] : [])));

const usual: Dialect = {
  syntax: "none",
  urlKeys: ["url"],
  isSse: ({ type }) => type === "sse",
  isDisabled: ({ disabled, enabled }) => disabled === true || enabled === false,
  oauth: ({ oauth }) => given({ clientId: text(object(oauth)["clientId"]) }),
  unneeded: ["disabled", "enabled", "source", "alwaysAllow", "autoApprove", "disabledTools", "icon", "gallery", "version", "name"],
};

/** How each application writes an entry. OpenCode's are ours. */
export const dialects: Readonly<Record<Exclude<Application["name"], "opencode">, Dialect>> = {
  "claude-code": {
    ...usual,
    syntax: "shell",
    oauth: ({ oauth }) => {
      const { clientId, callbackPort, authServerMetadataUrl, scopes } = object(oauth);
      return given({ clientId: text(clientId), callbackPort: typeof callbackPort === "number" ? callbackPort : undefined, authServerMetadataUrl: text(authServerMetadataUrl), scope: list(scopes) });
    },
  },
  "claude-desktop": usual,
  cursor: {
    ...usual,
    syntax: "editor",
    oauth: ({ auth }) => {
      const { CLIENT_ID, CLIENT_SECRET, scopes } = object(auth);
      return given({ clientId: text(CLIENT_ID), clientSecret: text(CLIENT_SECRET), scope: list(scopes) });
    },
    unneeded: [...usual.unneeded, "auth", "envFile"],
  },
  vscode: { ...usual, syntax: "editor", unneeded: [...usual.unneeded, "dev", "envFile"] },
  codex: {
    ...usual,
    headersKey: "http_headers",
    moreHeaders: ({ env_http_headers: variables, bearer_token_env_var: bearer }) => ({ ...withPrefix(variables, ""), ...withPrefix(given({ Authorization: text(bearer) }), "Bearer ") }),
    moreVariables: ({ env_vars: variables }) => Object.fromEntries((Array.isArray(variables) ? variables : []).map((variable: unknown) => text(variable) ?? text(object(variable)["name"]) ?? "").filter((name) => name !== "").map((name) => [name, `{env:${name}}`])),
    oauth: ({ oauth, oauth_resource: resource, scopes }) => given({ clientId: text(object(oauth)["client_id"]), resource: text(resource), scope: list(scopes) }),
    timeout: ({ startup_timeout_sec: startup, tool_timeout_sec: tool }) => {
      const timeout = given({ startup: seconds(startup), execution: seconds(tool) });
      return Object.keys(timeout).length === 0 ? undefined : timeout;
    },
    unneeded: [...usual.unneeded, "http_headers", "env_http_headers", "bearer_token_env_var", "env_vars", "startup_timeout_sec", "startup_timeout_ms", "tool_timeout_sec", "oauth_resource", "scopes", "enabled_tools", "disabled_tools", "tools", "default_tools_approval_mode", "required", "supports_parallel_tool_calls"],
  },
  windsurf: { ...usual, syntax: "editor", urlKeys: ["serverUrl", "url"] },
  zed: { ...usual, unneeded: [...usual.unneeded, "settings", "remote"] },
  gemini: {
    ...usual,
    syntax: "dollar",
    urlKeys: ["httpUrl", "url"],
    // Without `type`, its `url` is an address of the older transport.
    isSse: ({ type, httpUrl }) => type === "sse" || (type === undefined && httpUrl === undefined),
    oauth: ({ oauth }) => {
      const { clientId, clientSecret, scopes, redirectUri, authorizationUrl, tokenUrl } = object(oauth);
      return given({ clientId: text(clientId), clientSecret: text(clientSecret), scope: list(scopes), redirectUri: text(redirectUri), authorizationEndpoint: text(authorizationUrl), tokenEndpoint: text(tokenUrl) });
    },
    timeout: ({ timeout }) => (typeof timeout === "number" && Number.isInteger(timeout) && timeout > 0 ? timeout : undefined),
    unneeded: [...usual.unneeded, "timeout", "trust", "includeTools", "excludeTools", "extension"],
  },
};
