/** A small form of the pages about people: its fields, once its token was checked. */
import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { AppDeps } from "../../deps.ts";
import { renderRefused } from "../../render.tsx";
import { isCsrfToken } from "../../security.ts";
import { stalePage } from "../../upload-faults.tsx";

const limitBody = bodyLimit({
  maxSize: 64_000,
  onError: (c) => c.text("Richiesta troppo grande.\n", 413),
});

export interface PeopleForm {
  /** The first value of a field; empty: it was not sent. */
  read(name: string): string;
  readAll(name: string): readonly string[];
}

/** The form, or the page that says why it is not taken. */
export async function readPeopleForm(c: Context, deps: AppDeps): Promise<PeopleForm | Response> {
  const tooLarge = await limitBody(c, async () => {});
  if (tooLarge instanceof Response) return tooLarge;
  const body = await c.req.parseBody({ all: true });
  const readAll = (name: string): readonly string[] =>
    [body[name]].flat().filter((value) => typeof value === "string");
  if (!isCsrfToken(c, readAll("csrf")[0]))
    return await renderRefused(c, deps, stalePage, {
      hint: "Tornare indietro, ricaricare la pagina e riprovare.",
    });
  return { readAll, read: (name) => readAll(name)[0] ?? "" };
}
