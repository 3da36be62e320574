import type { Api } from "../api.ts";
import { hintPage, webFile } from "../pages.ts";
import { referencePage } from "../reference-page.ts";
import type { Route } from "../route.ts";

const html = { 200: { description: "A page", contentType: "text/html" } } as const;

/** What a person looks at. */
export function pageRoutes({ webDirectory }: Api, document: () => object): readonly Route[] {
  return [
    {
      method: "get",
      path: "/",
      operationId: "web.page",
      summary: "The web page",
      isPublic: true,
      refusals: [404],
      otherAnswers: { ...html, 401: { description: "A page that says how to get in", contentType: "text/html" } },
      handle: async ({ isTrusted }) => (isTrusted ? webFile(webDirectory, "index.html") : hintPage(401)),
    },
    {
      method: "get",
      path: "/assets/{file}",
      operationId: "web.asset",
      summary: "A file of the web page",
      refusals: [404],
      otherAnswers: { 200: { description: "The file", contentType: "text/javascript" } },
      handle: async ({ file }) => webFile(webDirectory, `assets/${file}`),
    },
    { method: "get", path: "/doc/reference", operationId: "doc.reference", summary: "This document, to read", refusals: [], otherAnswers: html, handle: async () => referencePage(document()) },
  ];
}
