/** A kill while a flusso takes verbali from the register: none is lost, none is in two flussi, each is sent once. */
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openJournalReader } from "../../stores/sqlite/store.ts";
import { createRegisterReader } from "../../integrations/register/register.ts";
import { makeInstallationWorld } from "../support/installation-world.ts";
import { verbaliLines } from "../support/verbali.ts";

const fromRegister = (text: string): string => `${text}pipelines:
  send:
    change:
      load-verbali: { uses: load-register, with: { generate: all } }
`;
const registra = `name: Registro
steps:
  - uses: load-verbali
    with: { pattern: "*.jsonl" }
  - uses: validate
    with: { faults: keep }
  - uses: register
`;

// 600 verbali are taken 250 at a time: the first batch, the last, and before anything else of the run.
test.each([
  "register-after-take",
  "register-after-take:3",
  "after-items-loaded",
  "group-after-outcome:20",
])(
  "killed at %s",
  async (point) => {
    const isRegistering = point.startsWith("group");
    const count = isRegistering ? 60 : 600;
    const world = await makeInstallationWorld({ enteYaml: fromRegister });
    try {
      writeFileSync(join(world.pipelinesFolder, "registra.yaml"), registra);
      // What is sent is not the point: checks alone behind the source.
      if (!isRegistering)
        writeFileSync(
          join(world.pipelinesFolder, "send.yaml"),
          "name: Prova\nsteps:\n  - uses: load-verbali\n  - uses: validate\n",
        );
      const input = world.file("flusso.jsonl", verbaliLines(count, world.freshDay));
      const register = ["run", "registra", "--ente", "prova", "--input", input, "--json"];
      const send = ["run", "send", "--ente", "prova", "--json"];
      const env = { POSTINO_CRASH_AT: point };

      const registered = await world.postino(register, isRegistering ? { env } : {});
      const killed = isRegistering ? registered : await world.postino(send, { env });
      expect(killed.signal).toBe("SIGKILL");
      const [dead] = (
        JSON.parse((await world.postino(["runs", "--json"])).stdout) as {
          readonly runs: readonly { readonly id: string }[];
        }
      ).runs;
      // Another flusso begins before the dead one goes on: it finds what is left, and nothing of the other's.
      const other = isRegistering ? null : await world.json(send);
      const resumed = await world.json(["resume", dead?.id ?? "", "--json"]);

      const mine = resumed.document.items.map(({ key }) => key);
      const others = other?.document.items.map(({ key }) => key) ?? [];
      expect(new Set([...mine, ...others]).size).toBe(count);
      expect(mine.length + others.length).toBe(count);
      const journal = openJournalReader(join(world.dataFolder, "postino.sqlite"));
      if (journal === null) throw new Error("no journal");
      const counts = await createRegisterReader(journal, "prova").count("standing");
      await journal.close();
      expect(Object.fromEntries(counts)).toEqual(
        isRegistering ? { ready: count } : { taken: count },
      );
    } finally {
      await world.close();
    }
  },
  60_000,
);
