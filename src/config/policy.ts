import { readFileSync } from "node:fs";

import { describeCause, McpassError } from "../base/errors.ts";
import { plainText, showUrl } from "../base/redact.ts";
import type { PolicyFile } from "../base/runtime.ts";
import { isRawObject } from "./lower-entry.ts";
import { nearestName } from "./nearest-name.ts";
import { boolean, list, object, oneOf, optional, string } from "./schema.ts";

/** What whoever administers this machine allows. Every method gives the refusal, `forbidden_by_policy` or `policy_invalid`, or undefined; none asks anybody. E04 */
export interface Policy {
  /** Of the policies that are there; empty: everything is allowed. */
  readonly files: readonly string[];
  /** A policy that cannot be read or understood forbids everything. */
  readonly broken: McpassError | undefined;
  /** Where every sign-in, renewal, sign-out and refusal is to be written down; may have `~` and `{user}` in it. */
  readonly auditLogs: readonly { readonly log: string; readonly policy: string }[];
  forbidsServer(url: string): McpassError | undefined;
  /** `whole` compares the path too: of an issuer's name, not of one of its endpoints. */
  forbidsIssuer(url: string, whole: boolean): McpassError | undefined;
  forbidsRegistering(issuer: string): McpassError | undefined;
  forbidsScopes(scopes: readonly string[]): McpassError | undefined;
  /** Keeping sign-ins under a key from there, or in a database. */
  forbidsVault(kind: VaultKind): McpassError | undefined;
  /** Without those above the ceiling. */
  withinCeiling(scopes: readonly string[]): readonly string[];
}

/** Where the vault's key comes from, or that the vault is a database. */
export type VaultKind = (typeof vaultKinds)[number];
const vaultKinds = ["keychain", "file", "environment", "postgresql"] as const;

const pattern = /^(https?):\/\/(\*\.)?([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?(\/[^?#\s*]*)?$/i;
const origin = string("an origin like https://mcp.example.com, or https://*.example.com for every host below", [(value) => (/^\/?$/.test(pattern.exec(value)?.[5] ?? "") && pattern.test(value) ? undefined : "an origin: no path, and * only as the first part of the host")]);
const issuer = string("an issuer or an origin, like https://login.example.com", [(value) => (pattern.test(value) ? undefined : "an issuer or an origin, with * only as the first part of the host")]);

const shape = {
  allowedServers: optional(list(origin, "a list of origins")),
  allowedIssuers: optional(list(issuer, "a list of issuers or origins")),
  dynamicRegistration: optional(boolean()),
  allowedScopes: optional(list(string("a scope"), "a list of scopes")),
  allowedVaults: optional(list(oneOf(vaultKinds), "a list of keychain, file, environment, postgresql")),
  auditLog: optional(string("the path of a file", [(value) => (/^(~?\/|[a-z]:[\\/])/i.test(value) ? undefined : "an absolute path, or one that starts with ~/")])),
};
const schema = object(shape);
type Rules = { readonly [key in keyof typeof shape]?: unknown } & {
  readonly allowedServers?: readonly string[] | undefined;
  readonly allowedIssuers?: readonly string[] | undefined;
  readonly dynamicRegistration?: boolean | undefined;
  readonly allowedScopes?: readonly string[] | undefined;
  readonly allowedVaults?: readonly VaultKind[] | undefined;
  readonly auditLog?: string | undefined;
};

interface Loaded {
  readonly file: string;
  readonly rules: Rules;
}

/** All policies together: what one of them forbids is forbidden. Never throws. An absent file costs one attempt to open it. */
export function readPolicy(places: readonly PolicyFile[] = []): Policy {
  const loaded: Loaded[] = [];
  let broken: McpassError | undefined;
  for (const place of places) {
    try {
      const rules = load(place);
      if (rules !== undefined) loaded.push({ file: place.path, rules });
    } catch (thrown) {
      broken ??= thrown instanceof McpassError ? thrown : unusable(place.path, describeCause(thrown));
    }
  }
  return judging(loaded, broken);
}

function load({ path, required }: PolicyFile): Rules | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    // ENOTDIR: a part of the way there is a file, so nothing can be there either.
    if (!required && (code === "ENOENT" || code === "ENOTDIR")) return undefined;
    throw unusable(path, describeCause(thrown));
  }
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    throw unusable(path, "it is not JSON");
  }
  const read = schema.read(value);
  if (read.problems !== undefined) throw unusable(path, `${read.problems[0].path.join(".") || "it"} ${read.problems[0].problem}`);
  // A rule that is misspelt would be no rule.
  const unknown = isRawObject(value) ? Object.keys(value).find((key) => !Object.hasOwn(shape, key) && key !== "$schema") : undefined;
  const meant = unknown === undefined ? undefined : nearestName(unknown, Object.keys(shape));
  if (unknown !== undefined) throw unusable(path, `${plainText(unknown, 60)} is no rule${meant === undefined ? "" : `; ${meant} may be meant`}`);
  return read.value;
}

function judging(loaded: readonly Loaded[], broken: McpassError | undefined): Policy {
  const first = (judge: (rules: Rules) => { readonly what: string; readonly rule: keyof Rules } | undefined): McpassError | undefined => {
    if (broken !== undefined) return broken;
    for (const { file, rules } of loaded) {
      const found = judge(rules);
      if (found !== undefined) return forbidden(file, found.rule, found.what);
    }
    return undefined;
  };
  return {
    files: loaded.map(({ file }) => file),
    broken,
    auditLogs: loaded.flatMap(({ file, rules: { auditLog } }) => (auditLog === undefined ? [] : [{ log: auditLog, policy: file }])),
    forbidsServer: (url) => first(({ allowedServers: allowed }) => (allowed === undefined || allowed.some((each) => matches(each, url, false)) ? undefined : { what: `the server ${showUrl(new URL(url).origin)}`, rule: "allowedServers" })),
    forbidsIssuer: (url, whole) => first(({ allowedIssuers: allowed }) => (allowed === undefined || allowed.some((each) => matches(each, url, whole)) ? undefined : { what: `the authorization server ${showUrl(url)}`, rule: "allowedIssuers" })),
    forbidsRegistering: (at) => first(({ dynamicRegistration }) => (dynamicRegistration === false ? { what: `registering a client by itself, which signing in at ${showUrl(at)} would take`, rule: "dynamicRegistration" } : undefined)),
    forbidsScopes: (scopes) =>
      first(({ allowedScopes: allowed }) => {
        const above = allowed === undefined ? [] : scopes.filter((scope) => !allowed.includes(scope));
        return above.length === 0 ? undefined : { what: `the scope${above.length === 1 ? "" : "s"} ${above.map((scope) => plainText(scope, 100)).join(" ")}`, rule: "allowedScopes" };
      }),
    forbidsVault: (kind) => first(({ allowedVaults: allowed }) => (allowed === undefined || allowed.includes(kind) ? undefined : { what: `keeping sign-ins ${vaultWords[kind]}`, rule: "allowedVaults" })),
    withinCeiling: (scopes) => scopes.filter((scope) => loaded.every(({ rules: { allowedScopes } }) => allowedScopes === undefined || allowedScopes.includes(scope))),
  };
}

const vaultWords: Readonly<Record<VaultKind, string>> = {
  keychain: "under a key of the system's keychain",
  file: "under a key that lies in a file",
  environment: "under a key in MCPASS_KEY",
  postgresql: "in a database",
};

/** The same scheme, port and host, or a host below `*.`; with `whole` also the same path, if the pattern has one. */
function matches(allowed: string, url: string, whole: boolean): boolean {
  const [, scheme = "", below, host = "", port = "", path = ""] = pattern.exec(allowed) ?? [];
  if (!URL.canParse(url) || !URL.canParse(`${scheme}://${host}${port}`)) return false;
  const [given, wanted] = [new URL(url), new URL(`${scheme}://${host}${port}`)];
  const sameHost = below === undefined ? given.hostname === wanted.hostname : given.hostname.endsWith(`.${wanted.hostname}`);
  const bare = (text: string): string => text.replace(/\/+$/, "");
  return given.protocol === wanted.protocol && given.port === wanted.port && sameHost && (!whole || bare(path) === "" || bare(path) === bare(given.pathname));
}

export function requireAllowed(refusal: McpassError | undefined): void {
  if (refusal !== undefined) throw refusal;
}

export function forbidden(file: string, rule: string, what: string): McpassError {
  return new McpassError("forbidden_by_policy", `The policy ${file} does not allow ${what} (${rule}).`, {
    hint: `Ask whoever administers this machine: ${rule} in ${file} says what is allowed.`,
    details: { policy: file, rule },
  });
}

function unusable(file: string, problem: string): McpassError {
  return new McpassError("policy_invalid", `The policy ${file} cannot be used: ${problem}. Until it is put right, nothing is allowed.`, {
    hint: `Ask whoever administers this machine to put ${file} right.`,
    details: { policy: file },
  });
}
