/** `/api`: all operations, and the description of them. */
import { Hono } from "hono";
import { officeOperations } from "../api/office.ts";
import { buildOpenApi } from "../api/openapi.ts";
import { type AnyOperation, createOperations } from "../api/operation.ts";
import { listPeopleOperations } from "../api/people.ts";
import { gridOperations } from "../api/grid.ts";
import { renotifyOperations } from "../api/renotify.ts";
import { runCommands } from "../api/run-commands.ts";
import { runOperations } from "../api/runs.ts";
import { scheduleOperations } from "../api/schedules.ts";
import { viewOperations } from "../api/views.ts";
import { waitingOperations } from "../api/waiting.ts";
import type { AppDeps } from "../deps.ts";

/** What this installation answers: people are there once it knows any. */
export function listOperations({ people }: AppDeps): readonly AnyOperation[] {
  const ofPeople = people === undefined ? [] : listPeopleOperations(people);
  return [
    ...officeOperations,
    ...runOperations,
    ...gridOperations,
    ...runCommands,
    ...waitingOperations,
    ...renotifyOperations,
    ...scheduleOperations,
    ...viewOperations,
    ...ofPeople,
  ];
}

export function createApiRoutes(deps: AppDeps): Hono {
  const operations = listOperations(deps);
  const app = new Hono();
  app.get("/api/openapi.json", (c) => c.json(buildOpenApi({ version: deps.version, operations })));
  app.route("/", createOperations(deps, operations));
  return app;
}
