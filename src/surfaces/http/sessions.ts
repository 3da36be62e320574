import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** How a caller shows that they may: the token itself, or a cookie that was had for a one-time link. */
export interface Sessions {
  /** How this request shows it, or undefined. */
  credentialOf(headers: IncomingHttpHeaders): "token" | "cookie" | undefined;
  /** A ticket that opens the web page once. */
  issueTicket(): Ticket;
  /** The cookie to set; undefined: the ticket is unknown, used or too old. */
  redeem(ticket: string): string | undefined;
  /** The cookie that ends a session. */
  readonly farewell: string;
}

export interface SessionOptions {
  readonly token: string;
  /** Cookies are of a host, whatever its port: the name tells servers apart. */
  readonly cookieName: string;
  /** Reached by https only. */
  readonly secure: boolean;
  readonly now: () => number;
}

const ticketMs = 5 * 60_000;
const sessionMs = 24 * 60 * 60_000;

export interface Ticket {
  readonly ticket: string;
  readonly expiresAt: number;
}

/** Made by whoever has the token, without asking the server: nothing that listens at its port is told anything. */
export function makeTicket(token: string, now: number): Ticket {
  const expiresAt = now + ticketMs;
  const words = `${String(expiresAt)}.${randomBytes(16).toString("base64url")}`;
  return { ticket: `${words}.${seal(token, `ticket\n${words}`)}`, expiresAt };
}

export function createSessions({ token, cookieName, secure, now }: SessionOptions): Sessions {
  const startedAt = now();
  const used = new Map<string, number>();
  // Outlives a restart, and ends with the token.
  const sealOf = (expiresAt: string): string => seal(token, `session\n${cookieName}\n${expiresAt}`);
  const attributes = `Path=/; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}`;
  const isSession = (value: string): boolean => {
    const [expiresAt = "", given = ""] = value.split(".");
    return instantShape.test(expiresAt) && Number(expiresAt) > now() && isSame(given, sealOf(expiresAt));
  };
  /** One from before this server's start may have been used then. */
  const isFresh = (ticket: string): boolean => {
    const [expiresAt = "", nonce = "", given = ""] = ticket.split(".");
    const until = Number(expiresAt);
    return instantShape.test(expiresAt) && until > now() && until - ticketMs >= startedAt && isSame(given, seal(token, `ticket\n${expiresAt}.${nonce}`));
  };
  return {
    credentialOf: ({ authorization, cookie }) => {
      if (authorization !== undefined) return isSame(presented(authorization), token) ? "token" : undefined;
      return cookie !== undefined && cookiesNamed(cookieName, cookie).some(isSession) ? "cookie" : undefined;
    },
    issueTicket: () => makeTicket(token, now()),
    redeem: (ticket) => {
      for (const [old, until] of used) if (until <= now()) used.delete(old);
      if (!isFresh(ticket) || used.has(ticket)) return undefined;
      used.set(ticket, Number(ticket.split(".")[0]));
      const expiresAt = String(now() + sessionMs);
      return `${cookieName}=${expiresAt}.${sealOf(expiresAt)}; ${attributes}; Max-Age=${String(sessionMs / 1000)}`;
    },
    farewell: `${cookieName}=; ${attributes}; Max-Age=0`,
  };
}

const instantShape = /^\d{1,15}$/;

function seal(token: string, text: string): string {
  return createHmac("sha256", token).update(text).digest("base64url");
}

/** The token of a Bearer, or the password of a Basic; the user's name does not matter. RFC 6750 §2.1, RFC 7617 */
export function presented(authorization: string): string {
  const [, scheme = "", credential = ""] = /^(\S+) +(\S+)$/.exec(authorization.trim()) ?? [];
  if (/^bearer$/i.test(scheme)) return credential;
  if (!/^basic$/i.test(scheme)) return "";
  const pair = Buffer.from(credential, "base64").toString("utf8");
  return pair.slice(pair.indexOf(":") + 1);
}

function cookiesNamed(name: string, header: string): readonly string[] {
  const pairs = header.split(";").map((pair) => pair.trim());
  return pairs.flatMap((pair) => (pair.startsWith(`${name}=`) ? [pair.slice(name.length + 1)] : []));
}

/** In a time that does not depend on where they differ; how long a token is, is no secret. */
function isSame(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}
