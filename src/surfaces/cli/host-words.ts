import { domainToUnicode } from "node:url";

/** A host as a person should see it: an international name in both forms, because its letters may look like others. Z08 */
export function hostWords(host: string): string {
  const unicode = domainToUnicode(hostnameOf(host));
  return isInternational(host) && unicode !== "" ? `${host} (reads ${unicode})` : host;
}

/** True when any label is in punycode: what a browser shows may be a look-alike of a well-known name. */
export function isInternational(host: string): boolean {
  return hostnameOf(host).split(".").some((label) => label.toLowerCase().startsWith("xn--"));
}

/** The origin of a URL, its host in both forms where they differ; a text that is no URL is returned as it is. */
export function originWords(url: string): string {
  if (!URL.canParse(url)) return url;
  const { protocol, host } = new URL(url);
  return `${protocol}//${hostWords(host)}`;
}

function hostnameOf(host: string): string {
  return host.replace(/:\d+$/, "");
}
