import { McpassError } from "../../base/errors.ts";

/** A TCP port. Throws `usage`. */
export function parsePort(text: string): number {
  return requirePort("--callback-port", text);
}

/** The same, as the word behind the server. Throws `usage`. */
export function parsePortWord(text: string): number {
  return requirePort("the port behind the server", text);
}

/** The same, of a program that listens there. Throws `usage`. */
export function parseGatewayPort(text: string): number {
  return requirePort("--port", text);
}

function requirePort(flag: string, text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) throw new McpassError("usage", `${flag} needs a number from 1 to 65535, not "${text}"`);
  return port;
}

/** A port to listen on; 0 is any that is free. Throws `usage`. */
export function parseServePort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new McpassError("usage", `--port needs a number from 0 to 65535, not "${text}"`);
  return Number(text);
}

/** 23 days: what a timer can hold. */
const mostSeconds = 2_000_000;

/** Seconds as milliseconds. Throws `usage`. */
export function parseTimeout(text: string): number {
  return requireSeconds("--timeout", text);
}

/** The same, of a sign-in that a bridge waits for. Throws `usage`. */
export function parseAuthTimeout(text: string): number {
  return requireSeconds("--auth-timeout", text);
}

function requireSeconds(flag: string, text: string): number {
  const seconds = Number(text);
  if (text.trim() === "" || !Number.isFinite(seconds) || seconds <= 0 || seconds > mostSeconds) throw new McpassError("usage", `${flag} needs a number of seconds greater than 0 and at most ${mostSeconds}, not "${text}"`);
  return Math.round(seconds * 1000);
}
