import type { Api } from "./api.ts";
import { openApiDocument } from "./open-api.ts";
import type { Route } from "./route.ts";
import { aboutRoutes } from "./routes/about.ts";
import { callbackRoute } from "./routes/callback.ts";
import { callRoute } from "./routes/calls.ts";
import { doctorRoutes } from "./routes/doctor.ts";
import { elicitationRoutes } from "./routes/elicitations.ts";
import { eventRoute } from "./routes/events.ts";
import { pageRoutes } from "./routes/pages.ts";
import { promptRoutes } from "./routes/prompts.ts";
import { resourceRoutes } from "./routes/resources.ts";
import { serverRoutes } from "./routes/servers.ts";
import { sessionRoutes } from "./routes/session.ts";
import { signInRoutes } from "./routes/sign-in.ts";
import { toolRoutes } from "./routes/tools.ts";

/** Every operation, in the order of the document. */
export function createRoutes(api: Api): readonly Route[] {
  const routes: readonly Route[] = [
    ...serverRoutes(api),
    ...signInRoutes(api),
    ...toolRoutes(api),
    ...promptRoutes(api),
    ...resourceRoutes(api),
    callRoute(api),
    ...elicitationRoutes(api),
    ...doctorRoutes(api),
    eventRoute(api),
    ...sessionRoutes(api),
    callbackRoute(api),
    ...aboutRoutes(api, () => openApiDocument(routes)),
    ...pageRoutes(api, () => openApiDocument(routes)),
  ];
  return routes;
}
