/** The administrator who copies the data by night and, when the machine is lost, puts the last copy back, compares it with the outside and has the office hand in again what the copy does not know. */
import { toInstant } from "../../../engine/host/clock.ts";
import { realignEnte } from "../../../server/ente/realign.ts";
import { openInstalledFiles } from "../../../server/installed-files.ts";
import { toEnteSettings } from "../../../integrations/services.ts";
import { RetryLater } from "../../../engine/host/errors.ts";
import type { SavedDisk } from "../stage/disk.ts";
import type { Host } from "../stage/host.ts";
import { readRows } from "../stage/rows.ts";
import { type Actor, findJournal, type Stage } from "../stage/stage.ts";
import { exportAgain } from "./office.ts";

const hour = 3_600_000;

export const restorer: Actor = {
  name: "copie",
  begin(stage) {
    if (stage.world.mix.chances.backup > 0) void keepCopies(stage, stage.hosts[0]);
  },
};

async function keepCopies(stage: Stage, host: Host): Promise<void> {
  const { world } = stage;
  let saved: SavedDisk | null = null;
  let savedAt = world.now();
  while (!world.isCalm) {
    await world.sleep((10 + world.draw("copies") * 60) * hour);
    if (
      saved !== null &&
      world.strikes("backup", host.name, `di ${host.name} resta solo la copia`)
    ) {
      await putBack(stage, host, { saved, savedAt });
      saved = null;
      continue;
    }
    if (host.running === null) continue;
    saved = world.disk.save(host.mount, "data");
    savedAt = world.now();
    world.story.tell("copie", `copia i dati di ${host.name}`);
  }
}

async function putBack(
  stage: Stage,
  host: Host,
  { saved, savedAt }: { readonly saved: SavedDisk; readonly savedAt: number },
): Promise<void> {
  const { world } = stage;
  const restoring = { at: world.now(), isOver: false };
  stage.restorings.push(restoring);
  host.die("la macchina è perduta", null);
  world.disk.putBack(host.mount, "data", saved);
  host.troubledAt = world.now();
  world.story.tell(
    "copie",
    `rimette in ${host.name} la copia di ${toInstant(savedAt).slice(0, 16)}`,
  );
  for (;;) {
    await world.sleep((0.5 + world.draw("realign") * 6) * hour);
    if (await realign(host, world.mix.by === "stream")) break;
  }
  world.story.tell("copie", "il registro è confrontato con l'esterno");
  const since = savedAt - 2 * hour;
  const lost = [...stage.acts.values()].filter(
    ({ numero, exportedAt }) => exportedAt > since && !isKnown(stage, host, numero),
  );
  if (lost.length > 0) exportAgain(stage, lost);
  restoring.isOver = true;
}

function isKnown(stage: Stage, host: Host, numero: string): boolean {
  const sql = "SELECT 1 FROM items WHERE key = ? LIMIT 1";
  return readRows(findJournal(stage, host), sql, numero).length > 0;
}

/** As `postino realign` does; false: SEND or the payment system does not answer, or nothing runs. */
async function realign(host: Host, hasStream: boolean): Promise<boolean> {
  const done = await host.act(
    "realign",
    async ({ writing }) => {
      const { settings } = await openInstalledFiles(writing.config).readEnte("prova");
      if (settings === null) return false;
      const services = writing.openServices(toEnteSettings(settings));
      try {
        await realignEnte(writing, services, { hasStream });
        return true;
      } catch (error) {
        if (error instanceof RetryLater) return false;
        throw error;
      }
    },
    12 * hour,
  );
  return done === true;
}
