/** Who signs elsewhere: takes the documents of a flusso, signs them with another program and hands them in; now and then one is missing, twice, or another one. */
import { sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createPades } from "../../../documents/signature/pades.ts";
import { toInstant } from "../../../engine/host/clock.ts";
import type { UploadedFile } from "../../../engine/host/files.ts";
import { openPkcs12 } from "../../../integrations/signing/pkcs12.ts";
import { readRunItems } from "../../../server/history/run-document.ts";
import { environment, repository } from "../stage/ente.ts";
import type { Host } from "../stage/host.ts";
import { readRows } from "../stage/rows.ts";
import { type Actor, findJournal, type Stage } from "../stage/stage.ts";

const hour = 3_600_000;

export const signer: Actor = {
  name: "firmatario",
  begin(stage) {
    if (stage.world.mix.signing === "upload") stage.world.live(work(stage));
  },
};

async function work(stage: Stage): Promise<void> {
  const { world } = stage;
  for (;;) {
    await world.sleep((3 + world.draw("signer") * 20) * hour);
    for (const host of stage.hosts)
      for (const { id } of readRows(
        findJournal(stage, host),
        "SELECT r.id FROM asks a JOIN runs r ON r.seq = a.run WHERE r.state = 'waiting-for-person' AND a.kind = 'files' ORDER BY r.seq",
      ))
        await handIn(stage, host, String(id));
  }
}

async function handIn({ world }: Stage, host: Host, id: string): Promise<void> {
  const mistake = world.isCalm ? 1 : world.draw("files of the signer");
  const result = await host.act("upload", async ({ writing, serving }) => {
    const signed = await signAll(host, id, writing);
    const files = misplace(signed, mistake);
    return await serving.manager.answer(id, { kind: "files", files });
  });
  world.story.tell(
    "firmatario",
    `firmati del flusso ${id}: ${result?.status ?? "nessuna risposta"}`,
  );
}

/** One is missing, twice there, or under another name; or all is well. */
function misplace(signed: readonly UploadedFile[], mistake: number): readonly UploadedFile[] {
  const [first, ...others] = signed;
  if (first === undefined) return signed;
  if (mistake < 0.15) return others;
  if (mistake < 0.25) return [first, ...signed];
  if (mistake < 0.35) return [...others, { ...first, name: `altro-${first.name}` }];
  return signed;
}

type Writing = NonNullable<Host["running"]>["writing"];

async function signAll(
  host: Host,
  id: string,
  { journal, artifacts }: Writing,
): Promise<readonly UploadedFile[]> {
  const path = join(repository, "data/demo/keys/comandante.p12");
  const key = await openPkcs12(readFileSync(path), environment.DEMO_KEY_PASSWORD, "comandante.p12");
  const pades = createPades({ chain: key.chain, algorithm: "RSA-SHA256", timestampBytes: 0 });
  const files: UploadedFile[] = [];
  for (const { unsigned } of await readRunItems(journal, id))
    for (const { name, sha256 } of unsigned) {
      const signedAt = toInstant(host.now());
      const prepared = pades.prepare(await artifacts.read(sha256), { signedAt });
      const bytes = pades.embed(prepared, sign("sha256", prepared.toSign, key.privateKey));
      files.push(toUploaded(name, bytes));
    }
  return files;
}

function toUploaded(name: string, bytes: Uint8Array): UploadedFile {
  const slice = (start: number, end: number) => Promise.resolve(bytes.subarray(start, end));
  return { name, size: bytes.byteLength, slice };
}
