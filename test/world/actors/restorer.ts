/** The administrator who copies the data by night and, when the machine is lost, puts the last copy back and compares it with the outside, what the copy does not know too. */
import { toInstant } from "../../../engine/host/clock.ts";
import { realignEnte } from "../../../server/ente/realign.ts";
import { loadKnownFile } from "../../../server/ente/known-file.ts";
import { resolveStart } from "../../../server/running/start-run.ts";
import { toEnteSettings } from "../../../integrations/services.ts";
import { isForeseen } from "../../../engine/host/errors.ts";
import * as fs from "../seams/fs.ts";
import type { Act } from "../stage/acts.ts";
import type { SavedDisk } from "../stage/disk.ts";
import type { Host } from "../stage/host.ts";
import { readRows } from "../stage/rows.ts";
import { type Actor, findJournal, type Restoring, type Stage } from "../stage/stage.ts";
import { toLines } from "./office.ts";

const hour = 3_600_000;

export const restorer: Actor = {
  name: "copie",
  begin(stage) {
    if (stage.world.mix.chances.backup > 0) stage.world.live(keepCopies(stage, stage.hosts[0]));
  },
};

async function keepCopies(stage: Stage, host: Host): Promise<void> {
  const { world } = stage;
  let saved: SavedDisk | null = null;
  let savedAt = world.now();
  let nextAt = savedAt;
  while (!world.isCalm || host.isLost) {
    await world.sleep((1 + world.draw("copies are looked at") * 8) * hour);
    if (saved !== null && !host.isLost && world.now() >= nextAt)
      host.isLost = world.strikes("backup", host.name, `di ${host.name} resta solo la copia`);
    if (saved !== null && host.isLost) {
      const copy = saved;
      saved = null;
      host.hasCopy = false;
      await putBack(stage, host, { saved: copy, savedAt });
    } else if (host.running !== null && world.now() >= nextAt) {
      saved = world.disk.save(host.mount, "data");
      host.hasCopy = true;
      savedAt = world.now();
      nextAt = savedAt + (10 + world.draw("copies") * 60) * hour;
      world.story.tell("copie", `copia i dati di ${host.name}`);
    }
  }
}

async function putBack(
  stage: Stage,
  host: Host,
  { saved, savedAt }: { readonly saved: SavedDisk; readonly savedAt: number },
): Promise<void> {
  const { world } = stage;
  const restoring: Restoring = { at: world.now(), isOver: false, told: new Set() };
  stage.restorings.push(restoring);
  host.die("la macchina è perduta", null);
  world.disk.putBack(host.mount, "data", saved, world.mix.isInboxApart ? ["inbox"] : []);
  host.troubledAt = world.now();
  host.isLost = false;
  world.story.tell(
    "copie",
    `rimette in ${host.name} la copia di ${toInstant(savedAt).slice(0, 16)}`,
  );
  const since = savedAt - 60 * 24 * hour;
  const recent = [...stage.acts.values()].filter(({ exportedAt }) => exportedAt > since);
  for (;;) {
    await world.sleep((0.5 + world.draw("realign") * 6) * hour);
    if (await realign(stage, host, { recent, restoring })) break;
  }
  world.story.tell("copie", "il registro è confrontato con l'esterno");
  restoring.isOver = true;
}

/** As `postino realign --input` does; false: SEND or the payment system does not answer, the pipeline is broken, or nothing runs. */
async function realign(
  stage: Stage,
  host: Host,
  { recent, restoring }: { readonly recent: readonly Act[]; readonly restoring: Restoring },
): Promise<boolean> {
  const { world } = stage;
  // What still lies there is read by itself.
  const lying = world.mix.isInboxApart ? readInbox(host) : "";
  const lost = recent.filter(
    ({ numero }) => !isKnown(stage, host, numero) && !lying.includes(`"${numero}"`),
  );
  const done = await host.act(
    "realign",
    async ({ writing }) => {
      const asked = { pipeline: "send", ente: "prova", params: {}, input: null };
      const pipeline = await resolveStart(writing, asked);
      if ("status" in pipeline) return false;
      const services = writing.openServices(toEnteSettings(pipeline.settings));
      try {
        if (lost.length > 0) {
          const file = await writing.artifacts.put("di-nuovo.jsonl", toBytes(lost));
          const { id } = await loadKnownFile(writing, services, pipeline, file);
          world.story.tell(
            "copie",
            `dà al confronto ${lost.length} verbali che la copia non conosce: flusso ${id}`,
          );
        }
        const hasStream = world.mix.by === "stream";
        const { unknown } = await realignEnte(writing, services, { hasStream });
        for (const { key, open } of unknown)
          if (open !== null) {
            restoring.told.add(key);
            world.story.tell("copie", `${key} è su SEND e il registro non lo sapeva: ${open}`);
          }
        return true;
      } catch (error) {
        if (isForeseen(error)) return false;
        throw error;
      }
    },
    12 * hour,
  );
  return done === true;
}

function toBytes(acts: readonly Act[]): Uint8Array {
  return new TextEncoder().encode(toLines(acts));
}

/** Whether a flusso of the journal has it; while nothing runs nobody can tell. */
function isKnown({ world }: Stage, host: Host, numero: string): boolean {
  const journal = findJournal({ world }, host);
  const sql = "SELECT 1 FROM items WHERE key = ? LIMIT 1";
  return journal === null || readRows(journal, sql, numero).length > 0;
}

/** All that runs have not put away yet. */
function readInbox(host: Host): string {
  const root = host.locate("data/inbox/prova");
  const held = list(`${root}/in-corso`).map((name) => `${root}/in-corso/${name}`);
  return [root, ...held]
    .flatMap((folder) => list(folder).map((name) => `${folder}/${name}`))
    .filter((path) => path.endsWith(".jsonl"))
    .map((path) => String(fs.readFileSync(path, "utf8")))
    .join("");
}

function list(folder: string): readonly string[] {
  return fs.existsSync(folder) ? (fs.readdirSync(folder) as string[]) : [];
}
