/**
 * Programs that use MCP servers, by the words that commands take. In this code they are applications: a client, here, is who we are at an issuer.
 * `claude` stands for both of Anthropic's.
 */
export const applicationNames = ["claude", "claude-code", "claude-desktop", "cursor", "vscode", "codex", "opencode", "windsurf", "zed", "gemini"] as const;

export type ApplicationName = (typeof applicationNames)[number];
