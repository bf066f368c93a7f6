/** SEND corrects what it said of a letter, and recipients look at their notification, each when nobody expects it. */
import type { Actor, Stage } from "../stage/stage.ts";

const hour = 3_600_000;
const sequences = [
  "P RECAG001A RECAG001B[23L] RECAG001C",
  "P RECAG003A RECAG003B[23L] RECAG003C",
  "P RECAG002A RECAG002B[23L] RECAG002C",
] as const;

export const corrector: Actor = {
  name: "SEND",
  begin(stage) {
    stage.world.live(correct(stage));
    stage.world.live(look(stage));
  },
};

/** Also after the world has become calm: a correction is no fault. */
async function correct(stage: Stage): Promise<void> {
  const { world } = stage;
  while (!world.isCalm) {
    await world.sleep((80 + world.draw("correction") * 600) * hour);
    const iun = pickIun(stage, "corrected");
    if (iun === null) continue;
    const sequence = world.chaos.pick("sequence", sequences);
    const { status } = control(stage, "rework", { iun, sequence });
    if (status === 204) world.story.tell("SEND", `corregge ciò che ha detto di ${iun}`);
  }
}

async function look(stage: Stage): Promise<void> {
  const { world } = stage;
  while (!world.isCalm) {
    await world.sleep((30 + world.draw("look") * 200) * hour);
    const iun = pickIun(stage, "looked at");
    if (iun === null) continue;
    const { status } = control(stage, "view", { iun });
    if (status === 204) world.story.tell("SEND", `il destinatario apre ${iun}`);
  }
}

function pickIun({ world, notified }: Stage, why: string): string | null {
  notified.listen();
  const iuns = [...notified.byIun.keys()];
  return iuns[Math.floor(world.draw(why) * iuns.length)] ?? null;
}

function control(
  { world }: Stage,
  what: "rework" | "view",
  body: object,
): { readonly status: number } {
  return world.askNow(`/send/control/${what}`, { method: "POST", body: JSON.stringify(body) });
}
