import { next } from "../answers.ts";
import { json, text, type Asked, type Reply } from "../listener.ts";
import { authenticateClient } from "./client-authentication.ts";
import type { AuthorizationServerState } from "./state.ts";

/** RFC 7009: revoking a refresh token ends its whole family. */
export async function answerRevocation(state: AuthorizationServerState, asked: Asked): Promise<Reply> {
  const kind = next(state.toggles.revocation);
  if (kind === "absent") return text(404, "404 page not found");
  if (kind === "hang") return { status: 0, hang: true };
  if (kind === "unavailable") return text(503, "Service Unavailable");
  if (kind === "unsupported") return json(400, { error: "unsupported_token_type" });
  const form = new URLSearchParams(asked.body);
  const client = await authenticateClient(state, asked, form);
  if ("refused" in client) return json(401, { error: "invalid_client", error_description: client.refused });
  const known = state.store.tokens.get(form.get("token") ?? "");
  if (known?.kind === "refresh") state.store.endFamily(known.family);
  else if (known !== undefined) known.state = "revoked";
  return { status: 200 };
}
