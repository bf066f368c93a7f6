/** What people say to a run that waits for them: one answer after the other, as the test has them. */
import { sign } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { createPades } from "../../documents/signature/pades.ts";
import { toInstant } from "../../engine/host/clock.ts";
import type { UploadedFile } from "../../engine/host/files.ts";
import type { Run } from "../../engine/journal/runs.ts";
import type { Answer } from "../../engine/step/context.ts";
import { openPkcs12 } from "../../integrations/signing/pkcs12.ts";
import { locateProgramFolder } from "../program.ts";
import { readRunItems } from "../history/run-document.ts";
import { ActFault } from "./act-fault.ts";
import type { TestStage } from "./stage/stage.ts";
import type { PersonAnswer, TestAct } from "./language/test-file.ts";

export interface Answering {
  readonly act: TestAct;
  readonly run: Run;
  readonly drive: (answers: ReadonlyMap<string, Answer>) => Promise<Run>;
  readonly createPades: typeof createPades;
}

/** Until nothing is asked any more, or the test has no more answers. Throws ActFault where an answer does not fit the question. */
export async function answerAsks(stage: TestStage, answering: Answering): Promise<Run> {
  let { run } = answering;
  for (const given of answering.act.answers ?? []) {
    if (given.doubt !== undefined) continue;
    const [ask] = await stage.writing.journal.listAsks(run.id);
    if (run.state !== "waiting-for-person" || ask === undefined)
      throw new ActFault(
        `c'è una risposta (${nameAnswer(given)}), ma il flusso non chiede nulla: è ${run.state}`,
      );
    const answer = await buildAnswer(stage, given, answering);
    if (answer.kind !== ask.kind)
      throw new ActFault(
        `la risposta è ${answer.kind}, ma il flusso chiede ${ask.kind}: ${ask.prompt}`,
      );
    run = await answering.drive(new Map([[ask.step, answer]]));
  }
  return run;
}

function nameAnswer(given: PersonAnswer): string {
  return Object.keys(given)[0] ?? "vuota";
}

async function buildAnswer(
  stage: TestStage,
  given: PersonAnswer,
  { run, createPades: makePades }: Answering,
): Promise<Answer> {
  if (given.otp !== undefined) return { kind: "otp", otp: given.otp };
  if (given.files === undefined) return { kind: "approval", by: "prova" };
  const without = new Set(given.files.without ?? []);
  const items = await readRunItems(stage.writing.journal, run.id);
  const path = join(locateProgramFolder(), "data", "demo", "keys", "comandante.p12");
  const key = await openPkcs12(await readFile(path), "dimostrazione", "comandante.p12");
  const pades = makePades({ chain: key.chain, algorithm: "RSA-SHA256", timestampBytes: 0 });
  const files: UploadedFile[] = [];
  for (const item of items) {
    if (without.has(item.key)) continue;
    for (const { name, sha256 } of item.unsigned) {
      const prepared = pades.prepare(await stage.writing.artifacts.read(sha256), {
        signedAt: toInstant(stage.clock.now()),
      });
      const bytes = pades.embed(prepared, sign("sha256", prepared.toSign, key.privateKey));
      files.push(toUploaded(name, bytes));
    }
  }
  return { kind: "files", files };
}

function toUploaded(name: string, bytes: Uint8Array): UploadedFile {
  return {
    name,
    size: bytes.byteLength,
    slice: (start, end) => Promise.resolve(bytes.subarray(start, end)),
  };
}
