import type { GatewayRules } from "./configuration.ts";
import { sharedShape, timeoutSchema, topShape } from "./entry-schema.ts";
import { type ParsedFile, findProperty, positionAt, valueOf } from "./jsonc-text.ts";
import { isRawObject } from "./lower-entry.ts";
import { type RawEntry, defaultTimeoutValues, rawEntries } from "./raw-entries.ts";
import { type Timeouts, defaultTimeouts } from "./server-entry.ts";
import { toTimeouts } from "./to-server-entry.ts";

/** What one file says. */
export interface ConfigLayer {
  readonly file: ParsedFile;
  /** Entries that define a server. */
  readonly entries: readonly RawEntry[];
  /** Entries without a type that only switch or time a server of another layer. */
  readonly stubs: readonly RawEntry[];
  readonly timeouts: Timeouts;
  readonly account: string | undefined;
  /** See `Configuration`. */
  readonly bridgeOpens: boolean | undefined;
  /** See `Configuration`. */
  readonly gateway: GatewayRules | undefined;
  readonly warnings: readonly string[];
}

/** @throws McpassError `config_invalid` when "mcp" is no object. */
export function readLayer(file: ParsedFile): ConfigLayer {
  const { entries, warnings } = rawEntries(file);
  const { timeouts, warnings: timeoutWarnings } = readTimeouts(file);
  const account = topShape.account.read(valueOf(findProperty(file.root, "account")?.value));
  const bridge = topShape.bridge.read(valueOf(findProperty(file.root, "bridge")?.value));
  const gateway = readGateway(file);
  return {
    file,
    entries: entries.filter((entry) => !isStub(entry)),
    stubs: entries.filter(isStub),
    timeouts,
    account: account.problems === undefined ? account.value : undefined,
    bridgeOpens: bridge.problems === undefined ? bridge.value?.open : undefined,
    gateway: gateway.rules,
    warnings: [...warnings, ...timeoutWarnings, ...gateway.warnings, ...(account.problems === undefined ? [] : [topWarning(file, "account", "must be a text that is not empty")]), ...(bridge.problems === undefined ? [] : [topWarning(file, "bridge", 'must be an object; its "open" is true or false')])],
  };
}

function isStub({ value }: RawEntry): boolean {
  if (!isRawObject(value)) return false;
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => key === "disabled" || Object.hasOwn(sharedShape, key));
}

function readTimeouts(file: ParsedFile): { readonly timeouts: Timeouts; readonly warnings: readonly string[] } {
  const { timeout, requestMs } = defaultTimeoutValues(file);
  const experimental = topShape.experimental.read(requestMs === undefined ? undefined : { mcp_timeout: requestMs });
  const own = timeoutSchema.read(timeout);
  const defaults = { ...defaultTimeouts, requestMs: (experimental.problems === undefined ? experimental.value?.mcp_timeout : undefined) ?? defaultTimeouts.requestMs };
  return {
    timeouts: timeout !== undefined && own.problems === undefined ? toTimeouts(own.value, defaults) : defaults,
    warnings: [
      ...(experimental.problems === undefined ? [] : [topWarning(file, "experimental", 'has a "mcp_timeout" that must be a whole number of milliseconds above 0')]),
      ...(timeout === undefined || own.problems === undefined ? [] : [topWarning(file, "mcp", 'has a "timeout" that must be a whole number of milliseconds above 0, or an object of startup, catalog and execution')]),
    ],
  };
}

/** Rules that cannot be read leave everything out: one of them may have been meant to. */
function readGateway(file: ParsedFile): { readonly rules: GatewayRules | undefined; readonly warnings: readonly string[] } {
  const found = findProperty(file.root, "gateway");
  const read = topShape.gateway.read(valueOf(found?.value));
  if (read.problems === undefined) {
    const { allow, deny = [], tools = {}, search = false } = read.value ?? {};
    return { rules: read.value === undefined ? undefined : { allow, deny, tools, search }, warnings: [] };
  }
  const [{ path, problem }] = read.problems;
  const { line, column } = positionAt(file.text, found?.key.offset ?? 0);
  return { rules: { allow: [], deny: ["*"], tools: {}, search: false }, warnings: [`${file.path}:${line}:${column}: "gateway" ${path.length === 0 ? "" : `has a "${path.join(".")}" that `}${problem}; until that is put right, no server is reached through it`] };
}

function topWarning(file: ParsedFile, key: string, problem: string): string {
  const { line, column } = positionAt(file.text, findProperty(file.root, key)?.key.offset ?? 0);
  return `${file.path}:${line}:${column}: "${key}" ${problem}; it is ignored`;
}
