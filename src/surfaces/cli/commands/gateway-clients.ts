import { type GatewayToken, type GatewayTokens, openGatewayTokens } from "../../../access/gateway-tokens.ts";
import { McpassError } from "../../../base/errors.ts";
import { plainText } from "../../../base/redact.ts";
import type { Runtime } from "../../../base/runtime.ts";
import type { Application } from "../../../config/application/application.ts";
import { requireNamed } from "../../../config/application/applications.ts";
import { quoted } from "../../../config/quoted.ts";
import type { CommandContext } from "../command-context.ts";
import { jsonDocument } from "../json-words.ts";
import { durationWords } from "../time-words.ts";

export function gatewayTokens({ directories, now }: Runtime): GatewayTokens {
  return openGatewayTokens(directories.data, now);
}

/** Of one file of a program. */
export function isOfFile({ name }: Pick<Application, "name">, path: string): (token: GatewayToken) => boolean {
  return ({ program, file }) => program === name && file === path;
}

/** `serve --clients`: which programs may use the gateway. */
export function showGatewayClients({ terminal }: CommandContext, runtime: Runtime, json: boolean): void {
  const tokens = gatewayTokens(runtime).list();
  if (json) return terminal.print(jsonDocument({ clients: tokens.map(({ program, file, madeAt }) => ({ client: program, file, madeAt })) }));
  if (tokens.length === 0) return terminal.print("No client has a token for the gateway.");
  for (const { program, file, madeAt } of tokens) terminal.print(`${terminal.out.bold(plainText(program))}  ${plainText(file, 1000)}  ${terminal.out.dim(`token made ${durationWords(runtime.now() - madeAt)} ago`)}`);
}

/** `serve --revoke`: at once, also for a server that runs. */
export async function revokeGatewayClient({ terminal }: CommandContext, runtime: Runtime, word: string): Promise<void> {
  const names = requireNamed(word).map(({ name }) => name as string);
  const revoked = await gatewayTokens(runtime).revoke(({ program }) => names.includes(program));
  if (revoked.length === 0) throw new McpassError("usage", `${quoted(word)} has no token for the gateway`, { hint: "mcpass serve --clients" });
  for (const { file } of revoked) terminal.say(`${terminal.err.green("✓")} Revoked the token in ${plainText(file, 1000)}: it opens nothing any more.`);
  terminal.say(`${terminal.err.cyan("hint:")} mcpass uninstall ${word} takes the entry out, too; mcpass install ${word} --gateway makes a new token`);
}
