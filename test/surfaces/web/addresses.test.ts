import { expect, test } from "vitest";
import { segment, webAddress } from "../../../src/surfaces/web/address.ts";
import { hrefOf, readRoute, type Route } from "../../../src/surfaces/web/route.ts";

test("only an address of the web is one that is opened", () => {
  for (const address of ["https://example.com/a?b=c", "http://127.0.0.1:1/"]) expect(webAddress(address)?.href).toBe(address);
  for (const address of ["javascript:alert(1)", " JaVaScRiPt:alert(1)", "data:text/html,x", "blob:https://example.com/1", "file:///etc/passwd", "vbscript:x", "//example.com", "/mcp", "", undefined]) expect(webAddress(address)).toBeUndefined();
});

test("a name is one segment of a path, or is refused: none leads to another path", () => {
  for (const name of ["notes", "a/b", "../auth", "a?b#c", "%2e%2e", "ä ö", "<script>"]) {
    expect(new URL(`/mcp/${segment(name)}/auth`, "http://h").pathname.split("/")).toHaveLength(4);
    expect(decodeURIComponent(segment(name))).toBe(name);
  }
  for (const name of [".", "..", ""]) expect(() => segment(name)).toThrow("cannot be part of an address");
  expect(segment("half \ud83d")).toBe(encodeURIComponent("half \u{fffd}"));
});

test("every view has an address that leads back to it; a link inside the page is none", () => {
  const routes: readonly Route[] = [
    { view: "home" },
    { view: "add" },
    { view: "server", server: "a/b #?%", part: "overview" },
    { view: "server", server: "notes", part: "doctor" },
    { view: "server", server: "notes", part: "tools" },
    { view: "tool", server: "tools", tool: "doctor/../x" },
  ];
  for (const route of routes) expect(readRoute(hrefOf(route))).toEqual(route);
  expect([readRoute(""), readRoute("#/nowhere"), readRoute("#main")]).toEqual([{ view: "home" }, { view: "home" }, undefined]);
  expect(readRoute("#/servers/%E0%A4%A")).toEqual({ view: "server", server: "%E0%A4%A", part: "overview" });
});
