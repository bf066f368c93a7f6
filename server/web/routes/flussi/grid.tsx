/** What is done with the grid of a flusso: which columns this browser shows, and what becomes of the chosen verbali. */
/** @jsxImportSource ../../markup */
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { getCookie, setCookie } from "hono/cookie";
import { itemStates } from "../../../../engine/journal/states.ts";
import type { ItemFilter, ItemRow } from "../../../../engine/journal/items.ts";
import type { Run } from "../../../../engine/journal/runs.ts";
import { itemColumns, pickColumns } from "../../../history/columns.ts";
import { streamItemsCsv } from "../../../history/run-csv.ts";
import { isEncrypted } from "../../access.ts";
import type { AppDeps, CommandResult } from "../../deps.ts";
import { readSigner } from "../../gate/who.ts";
import { answerText } from "../../downloads.ts";
import { renderMissing, renderRefused } from "../../render.tsx";
import { isCsrfToken } from "../../security.ts";
import { stalePage } from "../../upload-faults.tsx";
import { buildRunUrl } from "../../urls.ts";

const cookieName = "postino_colonne";
const yearSeconds = 31_536_000;
/** Numbers of some thousands of verbali. */
const mostBytes = 2_000_000;
const page = 500;
const chooseFirst = "Tornare al flusso e scegliere i verbali, oppure «Tutti con questi filtri».";

export function createGridRoutes(deps: AppDeps): Hono {
  const app = new Hono();
  app.post("/flussi/:id/colonne", bodyLimit({ maxSize: 10_000 }), async (c) => {
    const given = (await c.req.parseBody({ all: true }))["colonna"];
    const chosen = toList(given);
    const hidden = listColumnKeys().filter((key) => !chosen.includes(key));
    setCookie(c, cookieName, hidden.join("."), {
      httpOnly: true,
      sameSite: "Lax",
      path: "/",
      maxAge: yearSeconds,
      secure: isEncrypted(c, deps.access),
    });
    return c.redirect(`${buildRunUrl(c.req.param("id"))}#verbali`, 303);
  });
  app.post("/flussi/:id/esporta", bodyLimit({ maxSize: mostBytes }), async (c) => {
    const chosen = await readChosen(c, deps);
    if (chosen instanceof Response) return chosen;
    const { run, items } = chosen;
    return answerText(
      streamItemsCsv(deps, run, items),
      "text/csv; charset=utf-8",
      `flusso-${run.id}-scelti.csv`,
    );
  });
  app.post("/flussi/:id/riprova-scelti", bodyLimit({ maxSize: mostBytes }), async (c) => {
    const chosen = await readChosen(c, deps);
    if (chosen instanceof Response) return chosen;
    const result = await retryChosen(deps, chosen);
    if (result.status === "accepted")
      return c.redirect(`${buildRunUrl(chosen.run.id)}?fatto=riprendi`, 303);
    return await renderRefused(c, deps, result.reason, { status: 409, hint: chooseFirst });
  });
  app.post("/flussi/:id/escludi", bodyLimit({ maxSize: mostBytes }), (c) => excludeChosen(c, deps));
  return app;
}

async function excludeChosen(c: Context, deps: AppDeps): Promise<Response> {
  const chosen = await readChosen(c, deps);
  if (chosen instanceof Response) return chosen;
  const form = await c.req.parseBody({ all: true });
  const [by = "", reason = ""] = ["chi", "motivo"].map((name) =>
    (toList(form[name])[0] ?? "").trim(),
  );
  const signer = readSigner() ?? by;
  const hint = "Scrivere accanto al bottone chi esclude e perché.";
  if (signer === "" || signer.length > 80 || reason === "" || reason.length > 300)
    return await renderRefused(c, deps, "Mancano il nome di chi esclude, o il perché.", {
      status: 400,
      hint,
    });
  const items: string[] = [];
  for await (const { key } of chosen.items) items.push(key);
  const result = (await deps.exclude?.(chosen.run.id, { items, by: signer, reason })) ?? {
    status: "refused",
    reason: "Qui non si escludono verbali.",
  };
  if (result.status === "accepted")
    return c.redirect(`${buildRunUrl(chosen.run.id)}?fatto=escludi`, 303);
  return await renderRefused(c, deps, result.reason, { status: 409, hint: chooseFirst });
}

/** Keys of the columns that this browser hides; `undefined`: it never chose. */
export function readHiddenColumns(c: Context): readonly string[] | undefined {
  const kept = getCookie(c, cookieName);
  return kept === undefined
    ? undefined
    : kept.split(".").filter((key) => listColumnKeys().includes(key));
}

function listColumnKeys(): readonly string[] {
  return pickColumns(itemColumns, "page").map(({ key }) => key);
}

interface Chosen {
  readonly run: Run;
  readonly items: AsyncIterable<ItemRow>;
}

/** The verbali of the form, or the page that says why there are none. */
async function readChosen(c: Context, deps: AppDeps): Promise<Chosen | Response> {
  const run = await deps.journal.readRun(c.req.param("id") ?? "");
  if (run === null) return await renderMissing(c, deps, "Questo flusso non esiste.");
  const body = await c.req.parseBody({ all: true });
  if (!isCsrfToken(c, body["csrf"])) return await renderRefused(c, deps, stalePage);
  if (body["tutti"] === "si") return { run, items: readFitting(deps, run, body) };
  const keys = toList(body["verbale"]);
  if (keys.length > 0) return { run, items: readByKey(deps, run, keys) };
  return await renderRefused(c, deps, "Non è stato scelto nessun verbale.", {
    status: 400,
    hint: chooseFirst,
  });
}

type Body = Readonly<Record<string, unknown>>;

async function* readFitting({ journal }: AppDeps, run: Run, body: Body): AsyncGenerator<ItemRow> {
  const states = itemStates.filter((state) => toList(body["stato"]).includes(state));
  const [code, key] = ["causa", "numero"].map((name) => toList(body[name])[0]);
  const filter: Omit<ItemFilter, "limit"> = {
    ...(states.length > 0 && { states }),
    ...(code !== undefined && { code }),
    ...(key !== undefined && { key }),
  };
  for (let afterId = 0; ;) {
    const items = await journal.listItems(run.id, { ...filter, afterId, limit: page });
    yield* items;
    const last = items.at(-1);
    if (last === undefined || items.length < page) return;
    afterId = last.id;
  }
}

async function* readByKey(
  { journal }: AppDeps,
  run: Run,
  keys: readonly string[],
): AsyncGenerator<ItemRow> {
  for (const key of new Set(keys)) yield* await journal.listItems(run.id, { key, limit: 1 });
}

/** Failed ones first: they go on where they were. */
async function retryChosen(deps: AppDeps, { run, items }: Chosen): Promise<CommandResult> {
  const failed: string[] = [];
  const rejected: string[] = [];
  for await (const { state, key } of items) {
    if (state === "failed") failed.push(key);
    if (state === "rejected") rejected.push(key);
  }
  if (failed.length + rejected.length === 0)
    return { status: "refused", reason: "Fra gli scelti nessuno è scartato o non riuscito." };
  for (const [only, keys] of [
    ["failed", failed],
    ["rejected", rejected],
  ] as const) {
    if (keys.length === 0) continue;
    const result = await deps.resume(run.id, { only, items: keys });
    if (result.status === "refused") return result;
  }
  return { status: "accepted" };
}

/** The texts of a field that may come once, several times or not at all. */
function toList(value: unknown): readonly string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((one) => typeof one === "string");
}
