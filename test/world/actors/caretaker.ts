/** What starts a host again that died: the machine by itself, or somebody who comes in the morning. */
import type { Actor } from "../stage/stage.ts";

const minute = 60_000;

export const caretaker: Actor = {
  name: "custode",
  begin(stage) {
    for (const host of stage.hosts) stage.world.live(watch(stage.world, host));
  },
};

async function watch(
  world: Parameters<Actor["begin"]>[0]["world"],
  host: Parameters<Actor["begin"]>[0]["hosts"][0],
): Promise<void> {
  for (;;) {
    host.start();
    await world.sleep((1 + world.draw("restart") ** 4 * 600) * minute);
  }
}
