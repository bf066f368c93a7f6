/** A small form of a flusso's page: the run that it is about and its fields, once its token was checked. */
/** @jsxImportSource ../markup */
import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Run } from "../../../engine/journal/runs.ts";
import type { AppDeps } from "../deps.ts";
import { renderMissing, renderRefused } from "../render.tsx";
import { isCsrfToken } from "../security.ts";
import { stalePage } from "../upload-faults.tsx";

export type Form = Readonly<Record<string, string>>;

const limitBody = bodyLimit({
  maxSize: 64_000,
  onError: (c) => c.text("Richiesta troppo grande.\n", 413),
});

/** The form, or the page that says why it is not taken. */
export async function readCommandForm(
  c: Context,
  deps: AppDeps,
): Promise<{ readonly run: Run; readonly form: Form } | Response> {
  const tooLarge = await limitBody(c, async () => {});
  if (tooLarge instanceof Response) return tooLarge;
  const run = await deps.journal.readRun(c.req.param("id") ?? "");
  if (run === null) return renderMissing(c, deps, "Questo flusso non esiste.");
  const body = await c.req.parseBody();
  const form: Record<string, string> = {};
  for (const [field, value] of Object.entries(body))
    if (typeof value === "string") form[field] = value;
  if (!isCsrfToken(c, form["csrf"])) return renderRefused(c, deps, stalePage);
  return { run, form };
}
