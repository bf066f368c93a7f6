/** Death of hosts: at any wake-up and at every named point of the program, by itself or with the power. */
import type { Actor } from "../stage/stage.ts";

export const death: Actor = {
  name: "guasti",
  begin({ world, hosts }) {
    world.onMove = (boot, place) => {
      if (!world.strikes("kill", place, `muore a «${place}»`)) return;
      const host = hosts.find(({ name }) => name === boot.host);
      const hasPower = world.draw("power") >= world.mix.chances["power-cut"];
      host?.die(
        hasPower ? "ucciso" : "manca la corrente",
        hasPower ? null : (name) => world.draw(`tear ${name}`),
      );
    };
  },
};
