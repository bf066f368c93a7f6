/** The technician: edits the pipelines of the ente between runs, and now and then writes nonsense for a day. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildEnteYaml, putFile, repository } from "../stage/ente.ts";
import type { Actor, Stage } from "../stage/stage.ts";

const hour = 3_600_000;

interface Edit {
  readonly words: string;
  readonly from: string;
  readonly to: string;
}

/** What is written into the pipeline `send` for a while. */
const edits: readonly [Edit, ...Edit[]] = [
  {
    words: "aggiunge un consenso prima dell'invio",
    from: "  - uses: transmit\n",
    to: "  - uses: transmit\n    approval: true\n",
  },
  { words: "cambia i tentativi", from: "times: 8, wait: 30s", to: "times: 3, wait: 5s" },
  {
    words: "dà a ogni invio venti secondi",
    from: "  - uses: transmit\n",
    to: "  - uses: transmit\n    timeout: 20s\n",
  },
  {
    words: "dà a ogni posizione venti secondi",
    from: "  - uses: reset-iuv\n",
    to: "  - uses: reset-iuv\n    timeout: 20s\n",
  },
  { words: "mette tutto in uno zip", from: "split: per-verbale", to: "split: none" },
  { words: "sbaglia il nome di un passo", from: "  - uses: zip\n", to: "  - uses: zipp\n" },
  { words: "lascia il file a metà", from: "  - uses: import-iun\n", to: "  - uses: [\n" },
];

export const technician: Actor = {
  name: "tecnico",
  begin(stage) {
    stage.world.live(work(stage));
  },
};

async function work(stage: Stage): Promise<void> {
  const { world, hosts } = stage;
  const shipped = readFileSync(join(repository, "pipelines/send.yaml"), "utf8");
  const write = (text: string): void => {
    for (const host of hosts) {
      putFile(world, host.locate("pipelines/send.yaml"), text);
      putFile(world, host.locate("pipelines/enti/prova.yaml"), buildEnteYaml(world.mix));
    }
  };
  while (!world.isCalm) {
    await world.sleep((12 + world.draw("technician") * 240) * hour);
    const { words, from, to } = world.chaos.pick("edit", edits);
    write(shipped.replaceAll(from, to));
    world.story.tell("tecnico", words);
    await world.sleep((2 + world.draw("mends") * 30) * hour);
    write(shipped);
    world.story.tell("tecnico", "rimette la pipeline com'era");
  }
}
