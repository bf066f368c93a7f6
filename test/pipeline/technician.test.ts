/** What a technician begins and looks after from the terminal: enti by answers in the command, secrets, all enti at once, steps of one's own. */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";

let world: InstallationWorld;
beforeAll(async () => {
  world = await makeInstallationWorld();
});
afterAll(async () => {
  await world.close();
});

const answers = {
  nome: "Comune di Borgonuovo",
  "codice-fiscale": "00123456782",
  segregazione: "07",
  iban: "IT60X0542811101000000123456",
  prefetto: "Borgonuovo",
  giudice: "Borgonuovo",
};

function toFlags(given: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(given).flatMap(([flag, value]) => [`--${flag}`, value]);
}

describe("new ente", () => {
  test("the answers in the command make a file that check takes", async () => {
    const { code, stdout } = await world.postino([
      "new",
      "ente",
      "borgonuovo",
      ...toFlags(answers),
    ]);
    const checked = await world.postino(["show", "send", "--ente", "borgonuovo"]);

    expect([code, stdout]).toEqual([0, expect.stringContaining("enti/borgonuovo.yaml.\n")]);
    expect(checked.code).toBe(0);
    expect(checked.stdout).toContain("Comune di Borgonuovo");
    expect(readFileSync(join(world.pipelinesFolder, "enti/borgonuovo.yaml"), "utf8")).toContain(
      'segregationCode: "07"',
    );
  });

  test("without a terminal every answer that is missing or wrong is named at once, and nothing is written", async () => {
    const { iban: _, ...rest } = answers;
    const { code, stderr } = await world.postino([
      "new",
      "ente",
      "borgosole",
      ...toFlags({ ...rest, "codice-fiscale": "123" }),
    ]);

    expect(code).toBe(2);
    expect(stderr).toContain("--codice-fiscale: «123» non va bene: undici cifre.");
    expect(stderr).toContain("Manca --iban:");
    expect(existsSync(join(world.pipelinesFolder, "enti/borgosole.yaml"))).toBe(false);
  });

  test.each([
    [["new", "ente"], "Manca <CODICE>"],
    [["new", "ente", "borgo nuovo"], "«borgo nuovo» non va bene come codice"],
    [["new", "ente", "prova"], "L'ente «prova» c'è già"],
    [["new", "cosa"], "«cosa» non è né «ente» né «step»."],
    [["new", "step"], "Manca <NOME>"],
    [["new", "step", "Mio"], "«Mio» non va bene come nome di un passo"],
  ])("%p is refused in words", async (args, told) => {
    const { code, stderr } = await world.postino(args);

    expect([code, stderr]).toEqual([2, expect.stringContaining(told)]);
  });

  test("an IBAN of the right form with a wrong figure is told by check at once", async () => {
    const wrong = { ...answers, iban: "IT60X0542811101000000123457" };
    const { code, stdout } = await world.postino([
      "new",
      "ente",
      "borgovecchio",
      ...toFlags(wrong),
    ]);

    expect(code).toBe(2);
    expect(stdout).toContain("P060");
    expect(stdout).toContain("le cifre di controllo non corrispondono");
  });
});

describe("secrets", () => {
  const env = () => ({ POSTINO_SECRETS: join(world.folder, "segreti") });
  const locate = (name: string) => join(world.folder, "segreti", name);

  test("a secret comes from standard input into a file for its owner alone, and is shown nowhere", async () => {
    const folder = join(world.folder, "segreti-nuovi");
    const { code, stdout, stderr } = await world.postino(["secret", "set", "CHIAVE_A"], {
      env: { POSTINO_SECRETS: folder },
      stdin: "molto-segreta\n",
    });

    expect(code).toBe(0);
    expect(readFileSync(join(folder, "CHIAVE_A"), "utf8")).toBe("molto-segreta");
    expect(statSync(join(folder, "CHIAVE_A")).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(stdout + stderr).not.toContain("molto-segreta");
  });

  test("a secret that is there is replaced, also where others could read it", async () => {
    mkdirSync(join(world.folder, "segreti"), { recursive: true });
    writeFileSync(locate("CHIAVE_B"), "vecchia", { mode: 0o644 });
    chmodSync(locate("CHIAVE_B"), 0o644);

    await world.postino(["secret", "set", "CHIAVE_B"], { env: env(), stdin: "nuova" });

    expect(readFileSync(locate("CHIAVE_B"), "utf8")).toBe("nuova");
    expect(statSync(locate("CHIAVE_B")).mode & 0o777).toBe(0o600);
  });

  test.each([
    [["secret", "set", "CHIAVE", "valore-nel-comando"], "x", "Il valore non si scrive nel comando"],
    [["secret", "set", "chiave"], "x", "Il nome di un segreto ha lettere maiuscole"],
    [["secret", "set", "../FUORI"], "x", "Il nome di un segreto ha lettere maiuscole"],
    [["secret", "set", "CHIAVE"], "\n", "Il valore è vuoto"],
    [["secret", "set"], "x", "Manca <NOME>"],
    [["secret", "mostra", "CHIAVE"], "x", "«mostra» non è né «set» né «check» né «list»."],
  ])("%p is refused in words that do not repeat a value", async (args, stdin, told) => {
    const { code, stdout, stderr } = await world.postino(args, { env: env(), stdin });

    expect([code, stderr]).toEqual([2, expect.stringContaining(told)]);
    expect(stdout + stderr).not.toContain("valore-nel-comando");
    expect(existsSync(locate("CHIAVE"))).toBe(false);
  });

  test("check says of each which enti name it, whether it is there and who may read it, and no value", async () => {
    const folder = join(world.folder, "altri-segreti");
    mkdirSync(folder, { mode: 0o700 });
    const pipelines = join(world.folder, "altre-pipeline");
    mkdirSync(join(pipelines, "enti"), { recursive: true });
    const ente = readFileSync(join(world.pipelinesFolder, "enti/prova.yaml"), "utf8");
    writeFileSync(
      join(pipelines, "enti/uno.yaml"),
      ente
        .replace(/codice: prova/, "codice: uno")
        .replace(/apiKey: \{ secret: \w+ \}/, "apiKey: { secret: UNO_SEND }")
        .replace(/subscriptionKey: \{ secret: \w+ \}/, "subscriptionKey: { secret: UNO_GPD }"),
    );
    writeFileSync(join(folder, "UNO_GPD"), "letta-da-altri");
    chmodSync(join(folder, "UNO_GPD"), 0o644);
    writeFileSync(join(folder, "DI_NESSUNO"), "x", { mode: 0o600 });
    const env = { POSTINO_SECRETS: folder, POSTINO_PIPELINES: pipelines };

    const { code, stdout } = await world.postino(["secret", "check"], { env });
    const json = await world.postino(["secret", "check", "--json"], {
      env: { ...env, UNO_SEND: "nell-ambiente" },
    });
    const list = await world.postino(["secret", "list"], { env });

    expect(code).toBe(5);
    expect(stdout).toMatch(/^UNO_SEND +manca +uno$/m);
    expect(stdout).toMatch(/^UNO_GPD +c'è, ma lo leggono anche altri +uno$/m);
    expect(stdout).toMatch(/^DI_NESSUNO +c'è +nessuno lo nomina$/m);
    expect(stdout).toContain("Manca UNO_SEND: postino secret set UNO_SEND\n");
    const { ok, secrets } = JSON.parse(json.stdout) as {
      ok: boolean;
      secrets: { name: string; where: string }[];
    };
    expect(ok).toBe(false);
    expect(secrets.find(({ name }) => name === "UNO_SEND")?.where).toBe("environment");
    expect(list.stdout).toBe("DI_NESSUNO\nUNO_GPD\n");
    expect(stdout + json.stdout + list.stdout).not.toMatch(/letta-da-altri|nell-ambiente/);
  });
});

describe("doctor --all", () => {
  test("one line for each ente, with the first thing that stops it, and the exit code of the worst", async () => {
    const pipelines = join(world.folder, "pipeline-di-molti");
    mkdirSync(join(pipelines, "enti"), { recursive: true });
    const send = readFileSync(join(world.pipelinesFolder, "send.yaml"), "utf8");
    const ente = readFileSync(join(world.pipelinesFolder, "enti/prova.yaml"), "utf8");
    writeFileSync(join(pipelines, "send.yaml"), send);
    writeFileSync(join(pipelines, "enti/prova.yaml"), ente);
    const only = await world.postino(["doctor", "--all"], {
      env: { POSTINO_PIPELINES: pipelines },
    });
    writeFileSync(join(pipelines, "enti/rotto.yaml"), "ente: { codice: rotto }\n");

    const both = await world.postino(["doctor", "--all"], {
      env: { POSTINO_PIPELINES: pipelines },
    });
    const json = await world.postino(["doctor", "--all", "--json"], {
      env: { POSTINO_PIPELINES: pipelines },
    });

    expect([only.code, only.stdout]).toEqual([
      0,
      expect.stringContaining("Nulla ferma i flussi di nessun ente."),
    ]);
    expect([both.code, both.stdout]).toEqual([5, expect.anything()]);
    expect(both.stdout).toMatch(/^[✓!] +prova /m);
    expect(both.stdout).toMatch(/^✗ +rotto +\d/m);
    expect(both.stdout).toContain("1 ente ha qualcosa che ferma i flussi");
    const { ok, enti } = JSON.parse(json.stdout) as {
      ok: boolean;
      enti: { ente: string; bad: number }[];
    };
    expect([ok, enti.map(({ ente: name }) => name)]).toEqual([false, ["prova", "rotto"]]);
  });

  test("with one ente named too it is refused", async () => {
    const { code, stderr } = await world.postino(["doctor", "--all", "--ente", "prova"]);

    expect([code, stderr]).toEqual([2, expect.stringContaining("--ente è di troppo")]);
  });
});

describe("new step", () => {
  test("file, types, pipeline and test are written, and the test passes as it stands", async () => {
    const pipelines = join(world.folder, "pipeline-del-passo");
    cpSync(world.pipelinesFolder, pipelines, { recursive: true });
    const env = { POSTINO_STEPS: join(world.folder, "passi"), POSTINO_PIPELINES: pipelines };
    mkdirSync(env.POSTINO_STEPS);
    const begun = await world.postino(["new", "step", "controlla-anno"], { env });
    const again = await world.postino(["new", "step", "controlla-anno"], { env });

    const checked = await world.postino(["steps", "controlla-anno"], { env });
    const tested = await world.postino(
      ["test", join(pipelines, "tests/controlla-anno.yaml"), "--ente", "prova"],
      { env },
    );

    expect(begun.code).toBe(0);
    expect(begun.stdout).toContain("  - uses: controlla-anno\n    with: { anno: 2026 }\n");
    expect(begun.stdout).not.toContain("Perché Postino lo legga");
    expect(existsSync(join(env.POSTINO_STEPS, "postino.d.ts"))).toBe(true);
    expect([again.code, again.stderr]).toEqual([
      2,
      expect.stringContaining("c'è già: nulla è stato scritto."),
    ]);
    expect(checked.stdout).toContain("Aggiunge: annoViolazione (Anno della violazione).");
    expect([tested.code, tested.stdout]).toEqual([0, expect.stringContaining("1 prova: passata.")]);
  });
});
