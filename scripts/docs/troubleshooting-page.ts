import { errorTable } from "../../src/surfaces/cli/error-table.ts";
import { exitCodes } from "../../src/surfaces/cli/exit-codes.ts";
import type { ErrorCode } from "../../src/base/errors.ts";

/** The order of the page, by where in a person's work a code comes up; `page-parts.test.ts` holds that every code is in exactly one. */
export const errorGroups: readonly { readonly title: string; readonly codes: readonly ErrorCode[] }[] = [
  { title: "The command line and the configuration", codes: ["usage", "port_busy", "server_unknown", "config_unreadable", "config_invalid", "entry_invalid", "variable_unset", "file_reference_unreadable", "untrusted", "forbidden_by_policy", "policy_invalid", "server_disabled"] },
  { title: "Reaching a server", codes: ["unreachable", "timed_out", "answer_invalid", "url_insecure", "address_private", "server_failed", "protocol_failed", "process_failed"] },
  { title: "Whether you may", codes: ["sign_in_required", "header_refused", "headers_command_failed", "secret_command_failed", "oauth_unsupported", "scope_insufficient", "grant_ended", "renewal_failed", "token_rejected", "issuer_changed"] },
  { title: "Finding out how to sign in", codes: ["discovery_failed", "resource_mismatch", "issuer_mismatch", "pkce_unsupported", "registration_unavailable", "registration_refused", "client_invalid"] },
  { title: "While you sign in", codes: ["callback_port_busy", "callback_invalid", "authorization_refused", "authorization_expired", "token_refused", "cancelled"] },
  { title: "Stored sign-ins", codes: ["vault_unreadable", "vault_locked", "vault_unwritable", "vault_busy"] },
  { title: "Tools", codes: ["tool_unknown", "tool_failed"] },
  { title: "Anything else", codes: ["internal"] },
];

/** docs/troubleshooting.md, whole. */
export function troubleshootingPage(): string {
  return [introduction, ...errorGroups.map(({ title, codes }) => `## ${title}\n\n${codes.map(section).join("\n\n")}`)].join("\n\n") + "\n";
}

function section(code: ErrorCode): string {
  const { meaning, remedy } = errorTable[code];
  return `### \`${code}\`\n\n${meaning}\n\n**What to do.** ${remedy} *(exit code ${exitCodes[code]})*`;
}

const introduction = `<!-- Made by npm run docs from src/surfaces/cli/error-table.ts: change the words there. -->

# Troubleshooting

An error of mcpass says what happened, names the server and the address, and ends with a hint: usually the next command.
\`--verbose\` adds the error's code, its details and where it came from; \`--json\` prints the code with the result. Neither shows a secret.

<!-- run: needs-sign-in exit=4 -->

\`\`\`sh
mcpass call notes search query=coffee --verbose
\`\`\`

This page has every code. Exit codes are few: 0 done, 1 failed, 2 wrong usage, 4 a sign-in or a client id is needed, 130 cancelled with Ctrl-C
(143 when ended by a signal from elsewhere, 129 when its terminal is closed). \`mcpass list\` ends with 0 whenever it could tell every status, whatever the statuses are.`;
