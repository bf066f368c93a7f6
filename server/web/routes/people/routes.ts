/** All routes about people: ways in, one's profile, the others, the audit log. */
import { Hono } from "hono";
import type { PeopleDesk } from "../../../people/desk.ts";
import type { AppDeps } from "../../deps.ts";
import { createAuditRoutes } from "./audit.tsx";
import { createKeyRoutes } from "./keys.tsx";
import { createLoginRoutes } from "./login.tsx";
import { createPasskeyRoutes } from "./passkey.tsx";
import { createPeopleListRoutes } from "./people.tsx";
import { createProviderRoutes } from "./providers.tsx";
import { createProfileRoutes } from "./profile.tsx";

export function createPeopleRoutes(deps: AppDeps, desk: PeopleDesk): Hono {
  const app = new Hono();
  for (const route of [
    createLoginRoutes(deps, desk),
    createPasskeyRoutes(deps, desk),
    createProviderRoutes(deps, desk),
    createProfileRoutes(deps, desk),
    createPeopleListRoutes(deps, desk),
    createKeyRoutes(deps, desk),
    createAuditRoutes(deps, desk),
  ])
    app.route("/", route);
  return app;
}
