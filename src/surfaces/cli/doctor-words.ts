import { plainText } from "../../base/redact.ts";
import type { Examination, ExaminedGrant } from "../../connection/manager.ts";
import { verdictWords } from "../../connection/verdict-words.ts";
import { accountWords } from "./account-words.ts";
import { plainLines } from "./render-error.ts";
import { expiryWords, issuerWords, renewalWords, scopeWords } from "./sign-in-words.ts";
import type { Colors } from "./terminal.ts";

type Finding = Examination["findings"][number];

const marks: Readonly<Record<Finding["mark"], { readonly glyph: string; readonly color: "green" | "dim" | "yellow" | "red" }>> = {
  good: { glyph: "✓", color: "green" },
  note: { glyph: "·", color: "dim" },
  warning: { glyph: "⚠", color: "yellow" },
  bad: { glyph: "✗", color: "red" },
};

/** The whole examination for a person: a line per leg, what the vault holds, the verdict and the remedy. */
export function examinationLines(examination: Examination, colors: Colors, { verbose, now }: { readonly verbose: boolean; readonly now: number }): readonly string[] {
  const { server, url, findings, grants } = examination;
  const width = Math.max(...findings.map(({ leg }) => leg.length), "vault".length);
  return [
    `${colors.bold(plainText(server))}${url === undefined || url === server ? "" : `  ${colors.dim(plainText(url))}`}`,
    ...findings.flatMap((each) => findingLines(each, width, colors, verbose)),
    ...grants.map((grant) => grantLine(grant, width, colors, now)),
    "",
    ...verdictLines(examination, colors),
  ];
}

function findingLines({ leg, mark, said, url, status, durationMs, expected, clause }: Finding, width: number, colors: Colors, verbose: boolean): readonly string[] {
  const { glyph, color } = marks[mark];
  const words = plainText(said, 1000);
  const facts = [...(url === undefined || words.includes(url) ? [] : [plainText(url)]), ...(durationMs === undefined ? [] : [`${durationMs} ms`]), ...(clause === undefined ? [] : [clause])];
  const line = `${colors[color](glyph)} ${leg.padEnd(width)}  ${status === undefined || words.startsWith(String(status)) ? "" : `${status} `}${words}${facts.length === 0 ? "" : colors.dim(`  (${facts.join("; ")})`)}`;
  const wanted = expected !== undefined && (verbose || mark === "warning" || mark === "bad");
  return [line, ...(wanted ? [colors.dim(`  ${" ".repeat(width)}  expected: ${expected}`)] : [])];
}

function grantLine(grant: ExaminedGrant, width: number, colors: Colors, now: number): string {
  const expiry = grant.expiresAt === undefined ? "expiry not told" : expiryWords(grant.expiresAt, now);
  const scopes = grant.scopes.length === 0 ? "no scopes named" : `scopes ${scopeWords(grant.scopes)}`;
  const renewals = grant.renewals === 0 ? "never renewed" : `renewed ${grant.renewals} ${grant.renewals === 1 ? "time" : "times"}`;
  const good = grant.state === "authenticated" && grant.error === undefined;
  const trouble = grant.error === undefined ? "" : `; ${plainText(grant.error.message, 500)}`;
  const client = `client ${plainText(grant.clientId, 60)} (${grant.clientKind})`;
  return `${good ? colors.green("✓") : colors.yellow("⚠")} ${"vault".padEnd(width)}  account ${accountWords(grant.account, grant.identity)} at ${issuerWords(grant.issuer)}: ${grant.state}, ${scopes}, ${expiry}, ${renewalWords(grant, now)}, ${renewals}, ${client}${trouble}`;
}

function verdictLines({ verdict, remedy, durationMs }: Examination, colors: Colors): readonly string[] {
  const color = verdict.kind === "broken" ? "red" : verdict.error === undefined ? "green" : "yellow";
  return [
    `${colors.bold("verdict:")} ${colors[color](verdictWords(verdict))}${colors.dim(`  (${(durationMs / 1000).toFixed(1)} s)`)}`,
    // The places that were tried, which other commands list here, stand above.
    ...(verdict.error === undefined ? [] : [`  ${plainText(verdict.error.message.split("\n")[0] ?? "", 1000)}`]),
    ...(remedy === undefined
      ? []
      : [
          `${colors.cyan("remedy:")} ${plainLines(remedy.said)}`,
          ...(remedy.command === undefined || remedy.said.includes(remedy.command) ? [] : [`  ${remedy.command}`]),
          ...(remedy.redirectUri === undefined ? [] : [`  redirect URI to register: ${plainText(remedy.redirectUri)}`]),
          ...(remedy.config === undefined ? [] : ["  in the server's entry:", ...JSON.stringify(remedy.config, null, 2).split("\n").slice(1, -1).map((line) => `  ${line}`)]),
        ]),
  ];
}

/** Every exchange, redacted where it was recorded. */
export function exchangeLines({ exchanges }: Pick<Examination, "exchanges">, colors: Colors): readonly string[] {
  return exchanges.flatMap((exchange) => [
    colors.bold(`> ${exchange.method} ${plainText(exchange.url)}`),
    ...headerLines(">", exchange.requestHeaders),
    ...(exchange.requestBody === undefined ? [] : [`> ${plainText(exchange.requestBody, 2000)}`]),
    exchange.status === undefined ? colors.red(`< ${plainText(exchange.error ?? "no answer")}`) : colors.bold(`< ${exchange.status}  ${exchange.durationMs ?? 0} ms`),
    ...headerLines("<", exchange.responseHeaders),
    ...(exchange.responseBody === undefined || exchange.responseBody === "" ? [] : [`< ${plainText(exchange.responseBody, 2000)}`]),
    "",
  ]);
}

function headerLines(mark: string, headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(headers).map(([name, value]) => `${mark}   ${plainText(name)}: ${plainText(value, 500)}`);
}
