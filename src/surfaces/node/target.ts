/** What of a URL a request is made from. */
export interface Target {
  readonly url: URL;
  readonly protocol: string;
  /** Without the brackets of an IPv6 address. */
  readonly hostname: string;
  readonly port: string;
  readonly path: string;
}

export function readTarget(text: string): Target {
  const url = new URL(text);
  const { protocol, port } = url;
  return { url, protocol, hostname: bare(url.hostname), port, path: url.pathname + url.search };
}

/** Reads what it was not asked last: a server's messages all go to one address. */
export function createTargetReader(): (text: string) => Target {
  let last: { readonly text: string; readonly target: Target } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, target: readTarget(text) };
    return last.target;
  };
}

export function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}
