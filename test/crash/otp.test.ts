/** One OTP for a flusso, with real processes: a code that was wrong, a death in the middle of signing, and nothing of it on disk. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "bun:test";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { verbaliLines } from "../support/verbali.ts";

const sendYaml = `name: Firma con OTP
steps:
  - uses: load-verbali
    with: { pattern: "*.jsonl" }
  - uses: validate
  - uses: reset-iuv
  - uses: render
  - uses: sign
    with: { mode: otp, signer: segretario, notice: leave }
`;

let world: InstallationWorld;
afterEach(async () => {
  await world.close();
});

/** Every file of the installation as text, a character a byte. */
function filesUnder(folder: string): readonly (readonly [string, string])[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => [path, readFileSync(path, "latin1")] as const);
}

// Long enough to be met nowhere by chance.
const wrongOtp = "7351928446";
const rightOtp = "4815162342";

test("a wrong code is told, a death between two blocks costs one more code, and no code is written down", async () => {
  world = await makeInstallationWorld({
    sendYaml,
    // GPD's limit would hold up 70 verbali.
    enteYaml: (text) => text.replace("requestsPerSecond: 10\n", "requestsPerSecond: 1000\n"),
  });
  // A block of the sign step has 64 verbali.
  const input = world.file("flusso.jsonl", verbaliLines(70, world.freshDay));
  const answer = (run: string, otp: string, env: Record<string, string> = {}) =>
    world.postino(["answer", run, "--otp", "-"], { stdin: `${otp}\n`, env });

  const started = await world.json(["run", "send", "--ente", "prova", "--input", input, "--json"]);
  const run = started.document.run.id;
  const wrong = await answer(run, wrongOtp);
  const killed = await answer(run, rightOtp, { POSTINO_CRASH_AT: "after-intent:2" });
  const afterDeath = await world.json(["resume", run, "--json"]);
  const ended = await answer(run, rightOtp);

  expect(started.code).toBe(4);
  expect(wrong.code).toBe(4);
  expect(wrong.stdout).toContain(
    "Il codice OTP non è giusto. Il fornitore ne ha inviato uno nuovo.",
  );
  expect(killed.signal).toBe("SIGKILL");
  expect({ code: afterDeath.code, done: afterDeath.document.run.counts.done }).toEqual({
    code: 4,
    done: 64,
  });
  expect(ended.code).toBe(0);
  const { authorisations, signatures, signedAgain } = world.report().csc;
  expect({ authorisations, signatures, signedAgain }).toEqual({
    authorisations: 2,
    signatures: 70,
    signedAgain: 0,
  });
  const told = [started.document, wrong, killed, afterDeath.document, ended];
  for (const [where, text] of [
    ...filesUnder(world.folder),
    ["what was printed", JSON.stringify(told)] as const,
  ])
    for (const secret of [wrongOtp, rightOtp, "segreto-csc", '"SAD"'])
      expect({ where, secret, isThere: text.includes(secret) }).toEqual({
        where,
        secret,
        isThere: false,
      });
});

// Where a process can die while it signs: before the provider is asked, between the files of a block, before and after each is recorded.
for (const point of [
  "before-intent:1",
  "after-intent:1",
  "artifact-before-sync:1",
  "artifact-before-sync:7",
  "artifact-after-sync:3",
  "artifact-after-sync:12",
  "group-after-outcome:1",
  "group-after-outcome:6",
  "before-run-end:1",
])
  test(`a death at ${point} asks the provider for no signature twice`, async () => {
    world = await makeInstallationWorld({
      sendYaml: sendYaml.replace(", notice: leave", ""),
      enteYaml: (text) => text.replace(/^( +)credentialId: .*$/gm, "$&\n$1chunk: 5"),
    });
    const input = world.file("flusso.jsonl", verbaliLines(6, world.freshDay));
    const answer = (run: string, env: Record<string, string> = {}) =>
      world.postino(["answer", run, "--otp", "-"], { stdin: `${rightOtp}\n`, env });

    const started = await world.json([
      "run",
      "send",
      "--ente",
      "prova",
      "--input",
      input,
      "--json",
    ]);
    const run = started.document.run.id;
    const killed = await answer(run, { POSTINO_CRASH_AT: point });
    const resumed = await world.json(["resume", run, "--json"]);
    if (resumed.code === 4) await answer(run);
    const ended = await world.json(["status", run, "--json"]);

    expect(killed.signal).toBe("SIGKILL");
    expect(ended.document.run.counts.done).toBe(6);
    const { signatures, signedAgain } = world.report().csc;
    expect({ signatures, signedAgain }).toEqual({ signatures: 12, signedAgain: 0 });
  }, 60_000);
