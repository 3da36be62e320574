#!/usr/bin/env node
// A browser for tests: `node follow.mjs URL` goes where a person's browser would go, until the program's callback has answered.
// It keeps cookies, follows redirects by hand over all hosts, and fills the forms of oidc-provider's development pages.
// The environment says what this person does otherwise:
//   FOLLOW_DENY=1            answers the callback with error=access_denied instead of the code
//   FOLLOW_TAMPER_STATE=1    changes `state`
//   FOLLOW_DROP_ISS=1        removes `iss`
//   FOLLOW_CHANGE="a=b&c="   sets (or with an empty value removes) parameters of the callback
//   FOLLOW_TWICE=1           calls the callback a second time afterwards
//   FOLLOW_FORGED=1          sends a forged error, a wrong state, a HEAD and a favicon request before the genuine callback
//   FOLLOW_DELAY_MS=n        waits before the callback
//   FOLLOW_HOLD=FILE         writes the redirect URL into FILE and does not call it
//   FOLLOW_LOGIN=name        the name typed into login forms (alice)
//   FOLLOW_USER_CODE=code    the code typed into a device page
//   FOLLOW_CA=FILE           the authority it trusts for https
//   FOLLOW_PROXY=URL         the forward proxy for every page that is not on this machine
//   FOLLOW_RECORD=FILE       writes every page's {url, method, status, headers, body} into FILE as a JSON array, at the end and on failure
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { request as secureRequest } from "node:https";
import { connect } from "node:tls";

const { env } = process;
const pages = [];
const cookies = new Map();

try {
  await follow(process.argv.at(-1));
} finally {
  if (env.FOLLOW_RECORD) write(env.FOLLOW_RECORD, JSON.stringify(pages));
}

async function follow(start) {
  const redirectUri = new URL(start).searchParams.get("redirect_uri") ?? "http://127.0.0.1:0/none";
  let step = { method: "GET", url: start };
  for (let hops = 0; hops < 20; hops += 1) {
    if (isCallback(step.url, redirectUri)) return callBack(step.url);
    const page = await visit(step);
    const location = page.headers.location;
    const next = location === undefined ? formOf(page) : { method: "GET", url: new URL(location, page.url).href };
    if (next === undefined) return;
    step = next;
  }
}

async function callBack(genuine) {
  const url = changed(new URL(genuine));
  if (env.FOLLOW_DELAY_MS) await new Promise((resolve) => setTimeout(resolve, Number(env.FOLLOW_DELAY_MS)));
  if (env.FOLLOW_HOLD) return write(env.FOLLOW_HOLD, url.href);
  if (env.FOLLOW_FORGED) await forge(url);
  await visitUntilSomebodyListens({ method: "GET", url: url.href });
  if (env.FOLLOW_TWICE) await visit({ method: "GET", url: url.href }).catch(() => undefined);
}

/** As Chromium does by itself, first after a second: while a callback port changes hands, nobody has it for some milliseconds (decision 011). */
async function visitUntilSomebodyListens(step, tries = 3) {
  try {
    return await visit(step);
  } catch (error) {
    if (!["ECONNREFUSED", "ECONNRESET"].includes(error.code) || tries === 1) throw error;
  }
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  return visitUntilSomebodyListens(step, tries - 1);
}

function changed(url) {
  const query = url.searchParams;
  if (env.FOLLOW_DENY) {
    query.delete("code");
    query.set("error", "access_denied");
  }
  if (env.FOLLOW_TAMPER_STATE) query.set("state", `${query.get("state")}x`);
  if (env.FOLLOW_DROP_ISS) query.delete("iss");
  for (const [name, value] of new URLSearchParams(env.FOLLOW_CHANGE ?? "")) {
    if (value === "") query.delete(name);
    else query.set(name, value);
  }
  return url;
}

async function forge(url) {
  const forged = [
    { method: "GET", url: `${url.origin}${url.pathname}?error=access_denied&error_description=forged` },
    { method: "GET", url: `${url.origin}${url.pathname}?error=access_denied&state=forged` },
    { method: "GET", url: `${url.origin}${url.pathname}?code=forged&state=forged` },
    { method: "HEAD", url: url.href },
    { method: "GET", url: `${url.origin}/favicon.ico` },
    { method: "GET", url: `${url.origin}/` },
  ];
  for (const step of forged) await visit(step);
}

function isCallback(url, redirectUri) {
  const [left, right] = [new URL(url), new URL(redirectUri)];
  return left.origin === right.origin && left.pathname === right.pathname;
}

async function visit({ method, url, form }) {
  const target = new URL(url);
  const headers = { accept: "text/html", "sec-fetch-mode": "navigate", "user-agent": "test-browser", ...cookieHeader(target) };
  if (form !== undefined) headers["content-type"] = "application/x-www-form-urlencoded";
  const way = await wayTo(target);
  const options = { method, ...way, headers: { ...headers, ...way.headers } };
  return new Promise((resolve, reject) => {
    const outgoing = (target.protocol === "https:" ? secureRequest : request)(target, options, async (answer) => {
      let body = "";
      try {
        for await (const chunk of answer) body += chunk;
      } catch (error) {
        return reject(error);
      }
      keepCookies(target, answer.headers["set-cookie"] ?? []);
      const page = { url: target.href, method, status: answer.statusCode, headers: answer.headers, body };
      pages.push(page);
      resolve(page);
    });
    outgoing.on("error", reject);
    outgoing.end(form);
  });
}

/** Trust, and a tunnel through the proxy for names that are not this machine's. */
async function wayTo(target) {
  const ca = env.FOLLOW_CA ? readFileSync(env.FOLLOW_CA, "utf8") : undefined;
  const here = ["127.0.0.1", "localhost", "[::1]"].includes(target.hostname);
  if (!env.FOLLOW_PROXY || here) return { ca };
  const proxy = new URL(env.FOLLOW_PROXY);
  const login = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  const headers = proxy.username === "" ? {} : { "proxy-authorization": `Basic ${Buffer.from(login).toString("base64")}` };
  if (target.protocol === "http:") return { hostname: proxy.hostname, port: proxy.port, path: target.href, headers: { ...headers, host: target.host } };
  const tunnel = await new Promise((resolve, reject) => {
    const path = `${target.hostname}:${target.port || 443}`;
    const asking = request({ hostname: proxy.hostname, port: proxy.port, method: "CONNECT", path, headers });
    asking.on("connect", (answer, socket) => (answer.statusCode === 200 ? resolve(socket) : reject(new Error(`the proxy answered ${answer.statusCode}`))));
    asking.on("error", reject).end();
  });
  return { createConnection: () => connect({ socket: tunnel, servername: target.hostname, ca }) };
}

/** What a person would submit on this page: its form, with the name and a password typed in. */
function formOf(page) {
  const form = /<form([^>]*)>([\s\S]*?)<\/form>/i.exec(page.body);
  if (form === null) return undefined;
  const fields = new URLSearchParams();
  for (const [, attributes] of form[2].matchAll(/<input([^>]*)>/gi)) {
    const name = attribute(attributes, "name");
    if (name === undefined) continue;
    const type = attribute(attributes, "type") ?? "text";
    const typed = { login: env.FOLLOW_LOGIN ?? "alice", user_code: env.FOLLOW_USER_CODE ?? "" }[name] ?? "password";
    fields.set(name, attribute(attributes, "value") ?? (type === "hidden" ? "" : typed));
  }
  return { method: "POST", url: new URL(attribute(form[1], "action") ?? page.url, page.url).href, form: fields.toString() };
}

function attribute(attributes, name) {
  return new RegExp(`\\b${name}\\s*=\\s*["']([^"']*)["']`, "i").exec(attributes)?.[1]?.replaceAll("&amp;", "&");
}

function cookieHeader(target) {
  const kept = [...(cookies.get(target.host) ?? new Map()).values()].filter(({ path }) => target.pathname.startsWith(path));
  return kept.length === 0 ? {} : { cookie: kept.map(({ name, value }) => `${name}=${value}`).join("; ") };
}

function keepCookies(target, lines) {
  const jar = cookies.get(target.host) ?? new Map();
  for (const line of lines) {
    const [pair = "", ...attributes] = line.split(/;\s*/);
    const [name, value] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
    const path = attributes.find((each) => /^path=/i.test(each))?.slice(5) ?? "/";
    const gone = value === "" || attributes.some((each) => /^expires=Thu, 01 Jan 1970/i.test(each));
    if (gone) jar.delete(`${path} ${name}`);
    else jar.set(`${path} ${name}`, { name, value, path });
  }
  cookies.set(target.host, jar);
}

function write(file, content) {
  writeFileSync(`${file}.part`, content);
  renameSync(`${file}.part`, file);
}
