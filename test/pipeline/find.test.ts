/** `find` over a real installation: what it prints, and what it refuses. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { verbaliLines } from "../support/verbali.ts";

let world: InstallationWorld;
beforeAll(async () => {
  world = await makeInstallationWorld();
});
afterAll(async () => {
  await world.close();
});

test("a verbale is found by its number, its IUN and its notice code, from the shell and as JSON", async () => {
  const empty = await world.postino(["find", "T00001"]);
  expect([empty.code, empty.stdout]).toEqual([0, "Nessun verbale trovato.\n"]);
  const input = world.file("flusso.jsonl", verbaliLines(2, world.freshDay, 1));
  const { stdout } = await world.postino(["run", "send", "--ente", "prova", "--input", input]);
  const id = /Flusso (\d{8}-\d{4})/.exec(stdout)?.[1] ?? "";

  const found = await world.postino(["find", "t00001"]);
  expect(found.code).toBe(0);
  expect(found.stdout).toMatch(
    new RegExp(`^VERBALE .*IUN\\nT00001 +prova +numero +Concluso +${id} `),
  );
  const json = await world.postino(["find", "T00001", "--json"]);
  const [verbale] = JSON.parse(json.stdout).verbali;
  expect(verbale).toMatchObject({ numero: "T00001", kinds: ["numero"], run: { id } });

  for (const text of [verbale.iun, verbale.noticeCodes[0]]) {
    const again = await world.postino(["find", text, "--ente", "prova", "--json"]);
    expect(JSON.parse(again.stdout).verbali).toMatchObject([{ numero: "T00001" }]);
  }
  const elsewhere = await world.postino(["find", verbale.iun, "--ente", "altro"]);
  expect(elsewhere.stdout).toBe("Nessun verbale trovato.\n");
});

test.each([
  [["find"], "Manca il testo da cercare."],
  [["find", "x", "--limit", "0"], "--limit vuole un numero da 1 a 200, non «0»."],
  [["find", "x", "--limit", "molti"], "--limit vuole un numero da 1 a 200, non «molti»."],
])("%p is refused", async (args, message) => {
  const ended = await world.postino(args);

  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain(message);
});
