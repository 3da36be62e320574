import { McpassError } from "../../../base/errors.ts";
import { clientMetadataDocument } from "../../../oauth/client-metadata-document.ts";
import { defaultCallback } from "../../../access/access-context.ts";
import { defaultClientName } from "../../../access/ensure-registration.ts";
import type { CommandContext, CommandResult } from "../command-context.ts";
import { jsonDocument } from "../json-words.ts";

interface MetadataFlags {
  readonly url?: string;
  readonly redirectPort?: readonly number[];
  readonly clientName?: string;
  readonly clientUri?: string;
}

const placeholder = "https://example.com/mcpass-client.json";

/** Prints the document; asks and writes nothing. */
export async function clientMetadata({ terminal }: CommandContext, _words: readonly string[], { url = placeholder, redirectPort, clientName = defaultClientName, clientUri }: MetadataFlags): CommandResult {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== "https:" || parsed.pathname === "/" || parsed.hash !== "" || parsed.username !== "") throw new McpassError("usage", "--url must be https with a path, without fragment and user name: it becomes the client id");
  terminal.print(jsonDocument(clientMetadataDocument({ url, clientName, clientUri, ports: redirectPort ?? [defaultCallback.port], path: defaultCallback.path })));
  if (url === placeholder) terminal.say("Host it at an https address of yours, with that address as client_id (--url says it here).");
  terminal.say(`Then set on a server: "oauth": { "clientMetadataUrl": "${url}"${redirectPort === undefined ? "" : `, "callbackPort": ${redirectPort[0] ?? ""}`} }`);
}
