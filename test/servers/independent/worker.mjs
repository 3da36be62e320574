// The Worker around @cloudflare/workers-oauth-provider: only the consent page at /authorize is ours. Runs in workerd, by workers.ts.
const { OAuthAuthorizationServer } = await import(["./oauth", "provider.js"].join("-"));

export async function answer(request, env, context) {
  const server = new OAuthAuthorizationServer({ ...env.SETTINGS, onError: () => undefined });
  const url = new URL(request.url);
  if (url.pathname === "/-/validate") {
    const { resource, token } = await request.json();
    return Response.json(await server.validateToken(resource, token, env));
  }
  return url.pathname === "/authorize" ? authorize(server, request, env) : server.fetch(request, env, context);
}

/** A GET asks the person, the POST of its form is the consent. */
async function authorize(server, request, env) {
  const api = server.getOAuthApi(env);
  const asked = await api.parseAuthRequest(new Request(request.url)).catch((error) => error);
  if (asked instanceof Error) return asked.redirectTo ? Response.redirect(asked.redirectTo, 302) : new Response(asked.message, { status: 400 });
  if (request.method === "GET") return page('<form method="post"><input type="text" name="login"><button>Allow</button></form>');
  const login = new URLSearchParams(await request.text()).get("login") ?? "alice";
  const { redirectTo } = await api.completeAuthorization({ request: asked, userId: login, metadata: {}, scope: asked.scope, props: { login } });
  return Response.redirect(redirectTo, 302);
}

function page(body) {
  return new Response(`<!doctype html><title>Allow</title>${body}`, { headers: { "content-type": "text/html" } });
}
