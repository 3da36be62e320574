/** Foreign text for a message: in quotes, without control characters or bidirectional marks, never longer than a line. */
export function quoted(text: string): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\uFFFD");
  return `"${plain.length > 120 ? `${plain.slice(0, 119)}…` : plain}"`;
}

/** `mcp.linear.headers.Authorization`, and `mcp["my server"].url` where a name is no word. */
export function fieldName(path: readonly (string | number)[]): string {
  return path.reduce<string>((name, segment) => {
    if (typeof segment === "number") return `${name}[${segment}]`;
    if (!/^[\w-]+$/.test(segment)) return `${name}[${quoted(segment)}]`;
    return name === "" ? segment : `${name}.${segment}`;
  }, "");
}
