/** The forms that a person sends: OTP, go-ahead, signed files, go on, cancel. */
/** @jsxImportSource ../../markup */
import { Hono, type Context } from "hono";
import type { ItemFilter } from "../../../../engine/journal/items.ts";
import type { Run } from "../../../../engine/journal/runs.ts";
import type { AppDeps, CommandResult, ResumeRequest, StartResult } from "../../deps.ts";
import { readSigner } from "../../gate/who.ts";
import { renderMissing } from "../../render.tsx";
import { takeUpload } from "../../upload-faults.tsx";
import type { Upload } from "../../upload.ts";
import { buildRunUrl } from "../../urls.ts";
import { formatPageHint } from "../../../words/hints.ts";
import { type Form, readCommandForm } from "../form.tsx";
import { renderRun } from "./run.tsx";

export function createCommandRoutes(deps: AppDeps): Hono {
  const app = new Hono();
  addCommand(app, deps, "otp", async (run, form) => {
    const otp = (form["otp"] ?? "").replaceAll(/\s/g, "");
    if (otp === "" || otp.length > 64) return refuse("Scrivere il codice OTP ricevuto.");
    return deps.answer(run.id, { kind: "otp", otp });
  });
  addCommand(app, deps, "benestare", async (run, form) => {
    const by = readSigner() ?? (form["by"] ?? "").trim();
    if (by === "" || by.length > 80)
      return refuse("Scrivere nome e cognome di chi dà il benestare.");
    return deps.answer(run.id, { kind: "approval", by });
  });
  addCommand(app, deps, "riprendi", async (run, form) => {
    // What is in doubt may happen twice: a person says of each how it stands, on a page of its own.
    if (form["only"] === "in-doubt")
      return refuse("Degli in dubbio si decide dalla loro pagina: «Decidi per gli in dubbio».");
    const request = toResumeRequest(form["only"]);
    const code = form["causa"] ?? "";
    const { only } = request;
    if (code === "" || only === undefined) return await deps.resume(run.id, request);
    const items = await listKeys(deps, run, { states: [only], code });
    if (items.length === 0) return refuse("Nessun verbale è più fermo per questa causa.");
    return await deps.resume(run.id, { ...request, items });
  });
  addCommand(app, deps, "annulla", (run, form) => {
    const reason = (form["motivo"] ?? "").trim().slice(0, 300);
    return deps.cancel(run.id, reason === "" ? undefined : reason);
  });
  app.post("/flussi/:id/resto", async (c) => {
    const given = await readCommandForm(c, deps);
    if (given instanceof Response) return given;
    const { run } = given;
    const result = await sendRest(deps, run);
    if (result.status === "accepted")
      return c.redirect(`${buildRunUrl(result.runId)}?fatto=nuovo`, 303);
    return await conclude(c, deps, { run, name: "resto", result });
  });
  app.post("/flussi/:id/firmati", async (c) => uploadSigned(c, deps));
  return app;
}

async function sendRest({ rest }: AppDeps, run: Run): Promise<StartResult> {
  if (rest !== undefined) return await rest.send(run);
  return { status: "refused", reason: "Qui non si avviano flussi." };
}

/** Reads `only` of a form or a JSON command; anything else means: go on with what is left. */
export function toResumeRequest(only: unknown): ResumeRequest {
  if (only === "rejected" || only === "failed" || only === "in-doubt") return { only };
  return {};
}

/** Numbers of all verbali that fit. */
async function listKeys(
  { journal }: AppDeps,
  run: Run,
  filter: Pick<ItemFilter, "states" | "code">,
): Promise<readonly string[]> {
  const keys: string[] = [];
  for (let afterId = 0; ;) {
    const page = await journal.listItems(run.id, { ...filter, afterId, limit: 500 });
    keys.push(...page.map(({ key }) => key));
    const last = page.at(-1);
    if (last === undefined || page.length < 500) return keys;
    afterId = last.id;
  }
}

function refuse(reason: string): CommandResult {
  return { status: "refused", reason };
}

/** One small form: token checked, command done, then the page of the flusso. */
function addCommand(
  app: Hono,
  deps: AppDeps,
  name: string,
  handle: (run: Run, form: Form) => Promise<CommandResult>,
): void {
  app.post(`/flussi/:id/${name}`, async (c) => {
    const given = await readCommandForm(c, deps);
    if (given instanceof Response) return given;
    return conclude(c, deps, {
      run: given.run,
      name,
      result: await handle(given.run, given.form),
    });
  });
}

interface Conclusion {
  readonly run: Run;
  readonly name: string;
  readonly result: CommandResult;
}

async function conclude(
  c: Context,
  deps: AppDeps,
  { run, name, result }: Conclusion,
): Promise<Response> {
  if (result.status === "accepted") return c.redirect(`${buildRunUrl(run.id)}?fatto=${name}`, 303);
  const text = result.reason;
  const hint = result.hint === undefined ? undefined : formatPageHint(result.hint);
  const fresh = (await deps.journal.readRun(run.id)) ?? run;
  return renderRun(c, deps, { run: fresh, query: {}, notice: { tone: "bad", text, hint } });
}

const splitSigned =
  "Raccogliere i PDF firmati in più archivi ZIP e caricarli uno alla volta: quelli buoni restano acquisiti.";

async function uploadSigned(c: Context, deps: AppDeps): Promise<Response> {
  const run = await deps.journal.readRun(c.req.param("id") ?? "");
  if (run === null) return renderMissing(c, deps, "Questo flusso non esiste.");
  const upload = await takeUpload(c, deps, splitSigned);
  if (upload instanceof Response) return upload;
  const result = await handOver(deps, run, upload);
  return conclude(c, deps, { run, name: "firmati", result });
}

/** Once taken, the files are the run's to release; otherwise they go at once. */
async function handOver(deps: AppDeps, run: Run, upload: Upload): Promise<CommandResult> {
  const { files, release } = upload;
  let isTaken = false;
  try {
    if (files.length === 0) return refuse("Scegliere almeno un PDF firmato.");
    const result = await deps.answer(run.id, { kind: "files", files, release });
    isTaken = result.status === "accepted";
    return result;
  } finally {
    if (!isTaken) await release();
  }
}
