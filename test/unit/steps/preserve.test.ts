/** preserve: packages for the preservation system, each file in one of them, and the report that attests them. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "bun:test";
import type { ArtifactAccess } from "../../../engine/host/files.ts";
import { runOnItem } from "../../../engine/step/step.ts";
import { createPreservation } from "../../../integrations/conservazione/create-conservazione.ts";
import type { ConservazioneSettings } from "../../../integrations/conservazione/settings.ts";
import type { Evidence } from "../../../integrations/register/evidence.ts";
import type { Followed } from "../../../integrations/register/followed.ts";
import type { Preservation } from "../../../integrations/register/preservation.ts";
import type { Register } from "../../../integrations/register/port.ts";
import type { SendPort } from "../../../integrations/send/port.ts";
import preserve from "../../../steps/preserve.ts";
import { fakeClock, settings as sendSettings } from "../integrations/send/setup.ts";
import { openRegister } from "../../support/register.ts";
import { buildAct } from "./follow-world.ts";
import { contextOf, enteOf } from "./sending.ts";

const iun = "ABCD-EFGH-ILMN-202611-N-1";
const blobs = new Map<string, Uint8Array>();
let folder: string;
let register: Register;
let now: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postino-preserve-"));
  register = openRegister();
  now = "2026-12-15T05:00:00Z";
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const settings: ConservazioneSettings = {
  active: true,
  atLatest: 60,
  alarmAfter: 90,
  tipologia: "Verbale di violazione del codice della strada",
  riservato: true,
  namespaceIndice: "http://www.uni.com/U3011/sincro-v2/",
  classificazione: "10.2.1",
  tempoConservazione: "10",
};

function store(text: string) {
  const bytes = new TextEncoder().encode(text);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  blobs.set(sha256, bytes);
  return { sha256, bytes: bytes.length };
}

const signed = { name: "verbale-V-1.pdf", role: "verbale" as const, ...store("atto") };
const notice = { name: "avviso-V-1.pdf", role: "notice" as const, ...store("avviso") };
const act = { ...buildAct("V-1"), files: [signed, notice] };

function proof(id: string) {
  return {
    id,
    category: "SENDER_ACK",
    elementId: "e",
    at: "2026-11-23T06:45:00.000Z",
    name: `${id}.pdf`,
    ...store(`prova ${id}`),
    keptAt: "2026-11-24T05:00:00.000Z",
  };
}

function followed(isEnded: boolean): Followed {
  const perfezionamento = {
    at: "2026-12-01T22:59:59.999Z",
    day: "2026-12-01",
    rule: "digital",
    elementId: "e",
    isFinal: isEnded,
  } as const;
  return {
    status: "EFFECTIVE_DATE",
    acceptedAt: "2026-11-23T06:45:00.000Z",
    recipients: [{ index: 0, attempts: [], perfezionamento }],
    corrections: [],
  };
}

const whole: Evidence = { kept: [proof("a")], missing: [] };

async function run({
  evidence = whole,
  isEnded = true,
  changes = settings,
}: {
  evidence?: Evidence;
  isEnded?: boolean;
  changes?: ConservazioneSettings | null;
} = {}) {
  const clock = fakeClock();
  clock.advance(Date.parse(now) - clock.now());
  const ctx = contextOf(preserve, { send: {} as SendPort, clock, register });
  const own = changes === null ? {} : { conservazione: changes };
  const ente = { ...enteOf(sendSettings), ...own };
  const preservation = createPreservation({
    settings: changes ?? undefined,
    ente: "prova",
    outboxFolder: folder,
    secrets: { get: () => Promise.reject(new Error("no secrets")) },
  });
  const artifacts = {
    async *stream(sha256: string) {
      yield blobs.get(sha256) ?? new Uint8Array();
    },
  } as unknown as ArtifactAccess;
  const data = { iun, numero: "V-1", act, followed: followed(isEnded), evidence };
  const fields = await runOnItem(
    preserve,
    { key: iun, round: 1, data },
    { ...ctx, artifacts, services: { ente, register, preservation } },
  );
  return fields as { preservation: Preservation; isPreservationLate: boolean };
}

const place = () => join(folder, "prova", "conservazione");
const listFiles = (id: string) =>
  readdirSync(join(place(), "da-versare", id), { recursive: true })
    .map(String)
    .toSorted((one, other) => one.localeCompare(other));

function report(name: string, text: string): void {
  mkdirSync(join(place(), "rapporti"), { recursive: true });
  writeFileSync(join(place(), "rapporti", name), text);
}

test("an ente that has no preservation set is left alone", async () => {
  const { preservation } = await run({ changes: null });

  expect(preservation.state).toBe("off");
  expect(readdirSync(folder)).toEqual([]);
});

test("before the end of the story nothing is handed over, after sixty days whatever there is", async () => {
  const early = await run({ isEnded: false });
  expect([early.preservation.state, readdirSync(folder)]).toEqual(["early", []]);
  expect((await register.read("preservation", iun))?.dueAt).toBe("2026-12-16T05:00:00.000Z");

  now = "2027-01-22T05:00:00Z";
  const late = await run({ isEnded: false });

  expect(late.preservation.state).toBe("sent");
  expect(listFiles(`${iun}-1`)).toEqual([
    "atti",
    "atti/avviso-V-1.pdf",
    "atti/verbale-V-1.pdf",
    "metadati.xml",
    "PIndex.xml",
    "prove",
    "prove/a.pdf",
  ]);
});

test("metadata and index name every file with its digest, the act first, its annexes by it", async () => {
  await run();

  const read = (name: string) =>
    readFileSync(join(place(), "da-versare", `${iun}-1`, name), "utf8");
  const metadata = read("metadati.xml");
  expect(metadata.match(/<DocumentoAmministrativoInformatico>/g)).toHaveLength(3);
  for (const text of [
    `<Impronta>${signed.sha256}</Impronta>`,
    "<IndiceDiClassificazione>10.2.1</IndiceDiClassificazione>",
    "<TempoDiConservazione>10</TempoDiConservazione>",
    "<CodiceFiscale>RSSMRA80A01H501U</CodiceFiscale>",
    "<FirmatoDigitalmente>SI</FirmatoDigitalmente>",
  ])
    expect(metadata).toContain(text);
  expect(metadata.match(/<IdDocPrincipale>/g)).toHaveLength(2);
  const index = read("PIndex.xml");
  expect(index).toContain('<PIndex xmlns="http://www.uni.com/U3011/sincro-v2/">');
  expect(index.match(/<Hash>/g)).toHaveLength(4);
  const own = createHash("sha256").update(metadata).digest("hex");
  expect(index).toContain(`<Hash>${own}</Hash>`);
});

test("a report that attests every file closes it, in hex or in base64", async () => {
  await run();
  const digests = [signed, notice, proof("a")].map(({ sha256 }, index) =>
    index === 1 ? Buffer.from(sha256, "hex").toString("base64") : sha256.toUpperCase(),
  );
  report("rdv.xml", `<Rapporto id="${iun}-1">${digests.join(" ")}</Rapporto>`);

  const { preservation } = await run();

  expect(preservation.state).toBe("preserved");
  expect(preservation.packages[0]?.report).toMatchObject({ name: "rdv.xml", lacking: [] });
  expect((await register.read("preservation", iun))?.dueAt).toBeNull();
});

test("a report that lacks a file is told, and a better one mends it", async () => {
  await run();
  report("rdv.xml", `${iun}-1 ${signed.sha256} ${notice.sha256}`);
  const faulty = await run();
  expect(faulty.preservation.state).toBe("faulty");
  expect(preserve.note?.(faulty)).toBe(
    "Il rapporto di versamento non attesta prove/a.pdf: avvisare il conservatore.",
  );
  await run();
  expect(await register.listVersions("preservation", iun)).toHaveLength(3);

  rmSync(join(place(), "rapporti", "rdv.xml"));
  report("rdv-2.xml", `${iun}-1 ${signed.sha256} ${notice.sha256} ${proof("a").sha256}`);

  expect((await run()).preservation.state).toBe("preserved");
});

test("what comes later goes in a package of its own, and no file twice", async () => {
  await run();
  const { preservation } = await run({ evidence: { kept: [proof("a"), proof("b")], missing: [] } });

  expect(preservation.packages.map(({ id }) => id)).toEqual([`${iun}-1`, `${iun}-2`]);
  expect(listFiles(`${iun}-2`)).toEqual(["metadati.xml", "PIndex.xml", "prove", "prove/b.pdf"]);
});

test("a package that was begun before a kill goes out as it was, once", async () => {
  const { preservation } = await run();
  const [pack] = preservation.packages;
  if (pack === undefined) throw new Error("no package");
  const { deliveredAt: _, ...begun } = pack;
  const before = readFileSync(join(place(), "da-versare", pack.id, "PIndex.xml"), "utf8");
  await register.write([
    { kind: "preservation", key: iun, data: { state: "sent", packages: [begun] } },
  ]);
  rmSync(join(place(), "da-versare"), { recursive: true });
  now = "2026-12-16T05:00:00Z";

  const again = await run({ evidence: { kept: [proof("a"), proof("b")], missing: [] } });

  expect(readFileSync(join(place(), "da-versare", pack.id, "PIndex.xml"), "utf8")).toBe(before);
  expect(again.preservation.packages).toHaveLength(1);
});

test("no report after ninety days is told", async () => {
  await run();
  now = "2027-03-15T05:00:00Z";
  expect((await run()).isPreservationLate).toBeFalse();
  now = "2027-03-16T05:00:00Z";

  const late = await run();

  expect(late.isPreservationLate).toBeTrue();
  expect(preserve.note?.(late)).toStartWith("Il conservatore non ha ancora risposto");
});
