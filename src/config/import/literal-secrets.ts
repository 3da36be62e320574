import { isRawObject, type RawObject } from "../lower-entry.ts";
import { addressSecrets } from "../../base/redact.ts";

const telling = /authorization|cookie|key|token|secret|passw(or)?d|credential|\bauth\b|_auth$|\bpat\b|_pat$/i;
const reference = /\{(?:env|file):[^{}]*\}/;
const flag = /^--?[\w-]*(?:key|token|secret|password|auth)[\w-]*(=.*)?$/i;

/** The fields of an entry whose values, by the fields' names, are secrets in plain text: `headers.Authorization`. */
export function literalSecrets(value: RawObject): readonly string[] {
  const oauth = isRawObject(value["oauth"]) ? value["oauth"] : {};
  return [
    ...(typeof value["url"] === "string" && addressSecrets(value["url"]).some((secret) => !reference.test(secret)) ? ["url"] : []),
    ...named("headers", value["headers"]),
    ...named("environment", value["environment"]),
    ...(isLiteral(oauth["clientSecret"]) ? ["oauth.clientSecret"] : []),
    ...(secretWords(value["command"]).length > 0 ? ["command"] : []),
  ];
}

/** The command as it may be shown: what follows a flag that tells of a secret is `…`. */
export function showWords(words: readonly string[]): readonly string[] {
  const secrets = secretWords(words);
  return words.map((word, index) => (secrets.includes(index) ? word.replace(/^(--?[\w-]+=)?.*$/s, "$1…") : word.replace(/\b(bearer|basic)\s+(?!\{)\S+/gi, "$1 …")));
}

function named(field: string, value: unknown): readonly string[] {
  return isRawObject(value) ? Object.entries(value).flatMap(([name, text]) => (telling.test(name) && isLiteral(text) ? [`${field}.${name}`] : [])) : [];
}

/** The places of words that are secrets, or hold one after `=`. */
function secretWords(command: unknown): readonly number[] {
  if (!Array.isArray(command)) return [];
  return command.flatMap((word, index) => {
    const before: unknown = command[index - 1];
    if (typeof word !== "string") return [];
    if (flag.test(word)) return word.includes("=") && isLiteral(word.slice(word.indexOf("=") + 1)) ? [index] : [];
    return typeof before === "string" && flag.test(before) && !before.includes("=") && !word.startsWith("-") && isLiteral(word) ? [index] : [];
  });
}

function isLiteral(text: unknown): boolean {
  return typeof text === "string" && text !== "" && !reference.test(text);
}
