/** A carrier's signed XML from SEND to the judge: what the case file says of it, whom it believes, and what is told at once when somebody changed it on the way. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import { inventedSchema, packAttestation } from "../../simulators/carrier/carrier.ts";
import { openPkcs12 } from "../../integrations/signing/pkcs12.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { makeVerbale } from "../support/verbali.ts";

setDefaultTimeout(60_000);

const keys = resolve(import.meta.dir, "../../data/demo/keys");
let world: InstallationWorld;
/** What somebody does to an archive between SEND and us. */
let change: ((files: Record<string, Uint8Array>) => void) | null = null;
beforeAll(async () => {
  world = await makeInstallationWorld({
    dayMs: 1,
    refuse: ({ url }) =>
      change !== null && url.includes("/legal-fact/") ? answerChanged(url) : null,
  });
  const steps = ["load-notified", "follow", "evidence"];
  writeFileSync(
    join(world.pipelinesFolder, "seguito.yaml"),
    `name: Seguito\nsteps:\n${steps.map((step) => `  - uses: ${step}\n`).join("")}`,
  );
});
afterAll(() => world.close());

/** Archives by the address at which SEND has them. */
const kept = new Map<string, Uint8Array>();
let created = 0;

/** What the program gets in place of what SEND has. */
function answerChanged(url: string): Response | null {
  const bytes = kept.get(url);
  if (bytes === undefined || change === null) return null;
  const files = unzipSync(bytes);
  change(files);
  return new Response(new Uint8Array(zipSync(files)));
}

/** A letter that was delivered and attested, through the real pipelines; what the run says of it. */
async function send(codice: string, more: string): Promise<string> {
  const folder = join(world.pipelinesFolder, "enti");
  const usual = readFileSync(join(folder, "prova.yaml"), "utf8");
  const text = usual.replace("codice: prova", `codice: ${codice}`);
  writeFileSync(
    join(folder, `${codice}.yaml`),
    more === "" ? text : text.replace("signing:\n", more),
  );
  created += 1;
  const verbale = makeVerbale(created, world.freshDay);
  const { destinatario } = verbale;
  const indirizzo = { ...destinatario.indirizzo, via: "Via @OK_890_ZIP", civico: "" };
  const line = JSON.stringify({ ...verbale, destinatario: { ...destinatario, indirizzo } });
  const input = world.file(`${codice}.jsonl`, line);
  const { document } = await world.json([
    "run",
    "send",
    "--ente",
    codice,
    "--input",
    input,
    "--json",
  ]);
  return document.items[0]?.iun ?? "";
}
async function follow(codice: string): Promise<string | null> {
  const { code, document } = await world.json(["run", "seguito", "--ente", codice, "--json"]);
  expect(code).toBe(0);
  return document.items[0]?.note ?? null;
}

interface Case {
  readonly code: number | null;
  readonly stderr: string;
  /** What the index says of the archive. */
  readonly told: string;
  readonly zip: Uint8Array;
}

async function openCase(codice: string, iun: string): Promise<Case> {
  const { code, stdout, stderr } = await world.postino(["fascicolo", iun, "--ente", codice]);
  const [, path = ""] = stdout.trimEnd().split("\n");
  const files = unzipSync(readFileSync(path));
  const name = Object.keys(files).find((one) => /^prove\/.*_23L_.*\.zip$/.test(one)) ?? "";
  const index = strFromU8(files["indice.csv"] ?? new Uint8Array());
  const told = index.split("\r\n").find((line) => line.startsWith(name)) ?? "";
  return { code, stderr, told, zip: files[name] ?? new Uint8Array() };
}

const trusting = `signing:\n  trust: ${keys}\n`;

test("the case file tells who signed and when, of which letter, and that the schema is nobody's word yet", async () => {
  const iun = await send("crede", trusting);
  const note = await follow("crede");
  const { code, told, zip } = await openCase("crede", iun);
  const names = Object.keys(unzipSync(zip));
  const letter = names[0]?.split("_")[0] ?? "";

  expect([code, note]).toEqual([0, expect.stringMatching(/^\d+ prove conservate\.$/)]);
  expect(told).toContain(
    `Attestazione ${letter}_23L.xml: firmata da Vettore di dimostrazione, senza valore il `,
  );
  expect(told).toContain(
    "(data dichiarata da chi firma): firma valida, e copre tutto il documento.",
  );
  expect(told).toContain(`Nomina la raccomandata ${letter}.`);
  expect(told).toContain(`Lo schema ${inventedSchema} non è confermato dall'ufficio (SHA-256 `);
  expect(told).toContain(
    `Il file ${letter}_23L.pdf accanto non è firmato: è da leggere e non prova nulla.`,
  );
});

test("a schema that the office has confirmed counts", async () => {
  const files = unzipSync(await attest("697000"));
  const sha256 = createHash("sha256")
    .update(files[inventedSchema] ?? "")
    .digest("hex");
  const schemas = `send:\n  attestationSchemas: [${sha256}]\n`;
  const folder = join(world.pipelinesFolder, "enti");
  const iun = await send("conferma", trusting);
  const text = readFileSync(join(folder, "conferma.yaml"), "utf8");
  writeFileSync(join(folder, "conferma.yaml"), text.replace("send:\n", schemas));
  await follow("conferma");

  const { told } = await openCase("conferma", iun);

  expect(told).toContain(`L'XML rispetta lo schema ${inventedSchema}, confermato dall'ufficio.`);
});

test("without authorities nobody is believed, and the case file comes all the same", async () => {
  const iun = await send("ignora", "");
  await follow("ignora");

  const { code, told, zip } = await openCase("ignora", iun);

  expect([code, zip.length > 0]).toEqual([0, true]);
  expect(told).toContain("firma non verificabile, chi ha firmato non si può verificare");
});

test.each([
  ["changed", "RECAG001B", "RECAG003B", "ALTERATA, il contenuto non è quello che è stato firmato"],
  [
    "wrapped",
    "<AttestazioneSimulata ",
    "<Altra><AttestazioneSimulata ",
    "ALTERATA, la firma non sta nel documento che dovrebbe firmare",
  ],
])(
  "%s on the way it is told at once, and kept in the case file as it came",
  async (what, from, to, told) => {
    const codice = `altera${what}`;
    const iun = await send(codice, trusting);
    await keepArchives(iun);
    change = (files) => {
      for (const [name, bytes] of Object.entries(files))
        if (name.endsWith(".xml")) {
          const text = strFromU8(bytes).replace(from, to);
          files[name] = strToU8(to.startsWith("<Altra>") ? `${text}</Altra>` : text);
        }
    };

    const note = await follow(codice);
    change = null;
    const found = await openCase(codice, iun);

    expect(note).toContain("è alterata: ");
    expect([found.code, found.zip.length > 0]).toEqual([3, true]);
    expect(found.told).toContain(told);
    expect(found.stderr).toContain(told);
  },
);

test("about another letter it is told at once, whoever signed it", async () => {
  const iun = await send("scambia", trusting);
  await keepArchives(iun);
  const foreign = unzipSync(await attest("999999999999"));
  change = (files) => {
    for (const name of Object.keys(files)) delete files[name];
    Object.assign(files, foreign);
  };

  const note = await follow("scambia");
  change = null;
  const found = await openCase("scambia", iun);

  expect(note).toContain("riguarda la raccomandata 999999999999");
  expect(found.code).toBe(3);
  expect(found.told).toContain("ATTENZIONE: riguarda la raccomandata 999999999999");
});

/** The carrier's own archive for a letter. */
async function attest(letter: string): Promise<Uint8Array> {
  const bytes = readFileSync(join(keys, "vettore.p12"));
  const key = await openPkcs12(bytes, "dimostrazione", "vettore.p12");
  const at = "2026-11-03T09:00:00Z";
  return packAttestation(key, { kind: "23L", letter, code: "RECAG001B", at });
}

/** What SEND has for this notification, by the address that the program will ask. */
async function keepArchives(iun: string): Promise<void> {
  const headers = { "x-api-key": "chiave-di-prova" };
  const ask = async (path: string): Promise<unknown> =>
    (await fetch(`${world.url}/send${path}`, { headers })).json();
  const facts = (await ask(`/delivery-push/v2.0/${iun}/legal-facts`)) as readonly {
    readonly legalFactsId: { readonly key: string };
  }[];
  for (const { legalFactsId } of facts) {
    const id = legalFactsId.key.replace("safestorage://", "");
    if (!id.endsWith(".zip")) continue;
    const told = (await ask(`/delivery-push/${iun}/download/legal-facts/${id}`)) as {
      readonly url: string;
    };
    const answer = await fetch(told.url);
    kept.set(told.url, new Uint8Array(await answer.arrayBuffer()));
  }
}
