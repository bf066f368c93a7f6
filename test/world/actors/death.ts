/** Death of hosts: at any wake-up and at every named point of the program, by itself or with the power. */
import type { Actor } from "../stage/stage.ts";

/** Where a death is no other than one a moment before. */
const quiet = /^(?:stat|list|read|access|realpath|room|timeout|sleep|webcrypto|ask) /;

export const death: Actor = {
  name: "guasti",
  begin({ world, hosts }) {
    world.onMove = (boot, place) => {
      if (quiet.test(`${place} `) && world.draw("quiet") > 0.01) return;
      if (!world.strikes("kill", place, `muore a «${place}»`)) return;
      world.story.reach("morte", place);
      const host = hosts.find(({ name }) => name === boot.host);
      // Sooner where most is under way.
      const chance = place.startsWith("point ") ? 3 : 1;
      if (
        host?.hasCopy === true &&
        world.strikes("backup", place, `e la macchina è perduta`, chance)
      )
        host.isLost = true;
      const hasPower = world.draw("power") >= world.mix.chances["power-cut"];
      host?.die(
        hasPower ? "ucciso" : "manca la corrente",
        hasPower ? null : (name) => world.draw(`tear ${name}`),
      );
    };
  },
};
