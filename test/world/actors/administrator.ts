/** The administrator: the disk fills up and is made room on, the clock is set wrong and right again. */
import type { Host } from "../stage/host.ts";
import type { Actor, Stage } from "../stage/stage.ts";

const minute = 60_000;
const hour = 60 * minute;

export const administrator: Actor = {
  name: "amministratore",
  begin(stage) {
    for (const host of stage.hosts) {
      stage.world.live(fillDisks(stage, host));
      stage.world.live(setClocks(stage, host));
    }
  },
};

async function fillDisks({ world }: Stage, host: Host): Promise<void> {
  while (!world.isCalm) {
    await world.sleep((4 + world.draw("disk fills") * 40) * hour);
    if (!world.strikes("disk-full", host.name, `il disco di ${host.name} si riempie`)) continue;
    world.story.tell("amministratore", `il disco di ${host.name} è pieno`);
    host.setDiskFull(true);
    await world.sleep((0.2 + world.draw("disk room") * 12) * hour);
    host.setDiskFull(false);
    world.story.tell("amministratore", `libera il disco di ${host.name}`);
  }
  host.setDiskFull(false);
}

/** Never across a midnight: a day that is wrong by the clock is wrong for everybody. */
async function setClocks({ world }: Stage, host: Host): Promise<void> {
  while (!world.isCalm) {
    await world.sleep((6 + world.draw("clock set") * 40) * hour);
    const hourOfDay = (world.now() / hour) % 24;
    if (hourOfDay < 6 || hourOfDay > 18) continue;
    if (!world.strikes("clock-jump", host.name, `l'orologio di ${host.name} salta`)) continue;
    const ms = Math.round((world.draw("clock by") - 0.5) * 4 * hour);
    host.troubledAt = world.now();
    host.clockOffsetMs = ms;
    world.story.tell(
      "amministratore",
      `l'orologio di ${host.name} va di ${Math.round(ms / minute)} minuti`,
    );
    await world.sleep(world.draw("clock right") * 2 * hour);
    host.clockOffsetMs = 0;
    host.troubledAt = world.now();
  }
  host.clockOffsetMs = 0;
}
