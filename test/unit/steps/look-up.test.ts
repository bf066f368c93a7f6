/** look-up-residence and look-up-domicile: whom they ask about, what becomes of the answer, and who decides. */
import { expect, test } from "bun:test";
import { runOnItem } from "../../../engine/step/step.ts";
import type {
  Answered,
  Domicile,
  LookupQuestion,
  Residence,
} from "../../../integrations/lookups/port.ts";
import type { SendPort } from "../../../integrations/send/port.ts";
import lookUpDomicile from "../../../steps/look-up-domicile.ts";
import lookUpResidence from "../../../steps/look-up-residence.ts";
import { takeResidence } from "../../../steps/looking/take-residence.ts";
import type { ResidenceCheck } from "../../../steps/schemas/looked-up.ts";
import type { Destinatario } from "../../../steps/schemas/verbale.ts";
import { fakeClock } from "../integrations/send/setup.ts";
import { openRegister } from "../../support/register.ts";
import { makeVerbale } from "../../support/verbali.ts";
import { contextOf, makeShelf } from "./sending.ts";

const askedOn = "2026-11-23";
const address = { via: "VIA NUOVA", civico: "9", cap: "46100", comune: "MANTOVA", provincia: "MN" };
const moved: Answered<Residence> = { status: "living", address, since: "2026-09-08", askedOn };
const dead: Answered<Residence> = { status: "dead", day: null, askedOn };

interface Parts {
  readonly answer: Answered<Residence> | ((taxCode: string) => Answered<Residence>);
  readonly config?: Readonly<Record<string, unknown>>;
  readonly change?: Partial<Destinatario>;
  readonly others?: Destinatario[];
  readonly round?: number;
  readonly register?: ReturnType<typeof openRegister>;
}

async function look({ answer, config = {}, change = {}, others, round = 1, ...parts }: Parts) {
  const asked: string[] = [];
  const register = parts.register ?? openRegister();
  const base = contextOf(lookUpResidence, {
    send: {} as SendPort,
    clock: fakeClock(),
    shelf: makeShelf(),
    config,
  });
  const findResidence = ({ taxCode }: LookupQuestion): Promise<Answered<Residence>> => {
    asked.push(taxCode);
    return Promise.resolve(typeof answer === "function" ? answer(taxCode) : answer);
  };
  const ctx = { ...base, services: { lookups: { findResidence }, register } };
  const verbale = makeVerbale(0, "2026-11-10");
  const destinatario = { ...verbale.destinatario, ...change };
  const data = {
    verbale: { ...verbale, destinatario, ...(others !== undefined && { destinatari: others }) },
  };
  const ended = await runOnItem(lookUpResidence, { key: "T00000", round, data }, ctx).then(
    ({ residence }) => (residence as ResidenceCheck).people,
    (error: unknown) => error as { code: string; message: string },
  );
  return { ended, asked, register, verbale: data.verbale };
}

test.each<[string, Parts, object]>([
  ["moved", { answer: moved }, { code: "RECIPIENT_MOVED" }],
  [
    "moved, and taken",
    { answer: moved, config: { moved: "take" } },
    [{ recipient: 0, outcome: "taken", askedOn, address }],
  ],
  [
    "taken only whole: without CAP a person completes it",
    { answer: { ...moved, address: { ...address, cap: "" } }, config: { moved: "take" } },
    { code: "RECIPIENT_MOVED" },
  ],
  ["moved, and noted", { answer: moved, config: { moved: "note" } }, [{ outcome: "moved" }]],
  [
    "one who trades alone: the flusso has the place of business",
    { answer: moved, change: { denominazione: "Falegnameria Inventati" } },
    [{ outcome: "moved" }],
  ],
  [
    "another number, where only the street counts",
    {
      answer: {
        ...moved,
        address: { ...address, via: "VIA DELLE PROVE", comune: "TREVIGLIO", civico: "77" },
      },
      config: { compare: "street" },
    },
    [{ outcome: "same" }],
  ],
  ["dead, and nobody says since when", { answer: dead }, { code: "RECIPIENT_DEAD" }],
  [
    "dead, even where the moved are noted",
    { answer: dead, config: { moved: "note" } },
    { code: "RECIPIENT_DEAD" },
  ],
  ["unknown", { answer: { status: "unknown", askedOn } }, [{ outcome: "unknown" }]],
  [
    "unknown, and the ente stops there",
    { answer: { status: "unknown", askedOn }, config: { unknown: "reject" } },
    { code: "RECIPIENT_NOT_FOUND" },
  ],
  ["abroad", { answer: { status: "abroad", askedOn } }, [{ outcome: "abroad" }]],
  [
    "abroad, and the ente stops there",
    { answer: { status: "abroad", askedOn }, config: { unknown: "reject" } },
    { code: "RECIPIENT_NOT_FOUND" },
  ],
  [
    "no address",
    { answer: { status: "living", address: null, since: null, askedOn } },
    [{ outcome: "no-address" }],
  ],
  ["a trial", { answer: { status: "not-asked" } }, [{ outcome: "not-asked" }]],
  // What is wrong with these is what validate says: ANPR is not asked.
  ["a wrong check letter", { answer: dead, change: { codiceFiscale: "NVNTMS66B24X001A" } }, []],
  ["a company", { answer: dead, change: { tipo: "PG", codiceFiscale: "99980040192" } }, []],
])("%s", async (_title, parts, expected) => {
  const { ended } = await look(parts);
  expect(ended).toMatchObject(expected);
});

test("of several recipients each person is asked about, and the dead one is told", async () => {
  const { destinatario } = makeVerbale(1, "2026-11-10");
  const { ended, asked } = await look({
    answer: (taxCode) =>
      taxCode === destinatario.codiceFiscale ? dead : { status: "unknown", askedOn },
    others: [destinatario],
  });
  expect(asked).toEqual(["NVNTMS66B24X001Q", "FNTTMS54R12X001U"]);
  expect(ended).toMatchObject({
    code: "RECIPIENT_DEAD",
    message: "Il destinatario 2 risulta deceduto in ANPR. Nulla è stato speso.",
  });
});

test("what ANPR has is kept for the sheet; who corrects the verbale has the last word", async () => {
  const { register, ended } = await look({ answer: moved });
  expect(ended).toMatchObject({
    message:
      "Il destinatario risiede dall'8 settembre 2026 in un altro comune, secondo ANPR. Nulla è stato speso.",
  });
  expect((await register.read("residence", "T00000"))?.data).toEqual({
    run: "run-1",
    round: 1,
    askedOn,
    use: "told",
    people: [{ recipient: 0, since: "2026-09-08", address }],
  });
  const again = await look({ answer: moved, register, round: 2 });
  expect(again.ended).toMatchObject({ code: "RECIPIENT_MOVED" });
  const scheda = { run: "run-1", round: 2, at: "2026-11-23T10:00:00Z", by: "Anna", reason: "sa" };
  await register.write([
    { kind: "scheda", key: "T00000", data: { ...scheda, changed: [], verbale: {} } },
  ]);
  const third = await look({ answer: moved, register, round: 2 });
  expect(third.ended).toMatchObject([{ outcome: "confirmed" }]);
  // Death is nothing that a correction mends.
  expect((await look({ answer: dead, register, round: 2 })).ended).toMatchObject({
    code: "RECIPIENT_DEAD",
  });
});

test("the address that was taken is the one that is checked and sent", async () => {
  const { ended, verbale } = await look({ answer: moved, config: { moved: "take" } });
  const people = ended as ResidenceCheck["people"];
  expect(takeResidence(verbale, { people }).destinatario.indirizzo).toEqual(address);
  expect(takeResidence(verbale, undefined)).toBe(verbale);
});

test("look-up-residence stands before what spends, and before validate where it takes the address", async () => {
  const inspect = lookUpResidence.inspect;
  const tell = async (moved: string, uses: readonly string[]) =>
    (await inspect?.({ moved }, { settings: null, enteFolder: "", uses }))?.map(
      ({ message }) => message,
    );
  expect(await tell("reject", ["validate", "look-up-residence", "reset-iuv"])).toEqual([]);
  expect(await tell("take", ["look-up-residence", "validate", "reset-iuv"])).toEqual([]);
  expect(await tell("take", ["validate", "look-up-residence", "reset-iuv"])).toEqual([
    `con "take" l'indirizzo di ANPR va controllato da validate, che qui non viene dopo.`,
  ]);
  expect(await tell("reject", ["validate", "reset-iuv", "look-up-residence"])).toEqual([
    "look-up-residence viene dopo reset-iuv: chi è deceduto o ha cambiato casa si trova troppo tardi.",
  ]);
});

test.each<[string, Answered<Domicile>, string | null]>([
  [
    "a domicile is told",
    { status: "found", address: "a@pec.example", askedOn },
    "Ha un domicilio digitale in INAD: SEND lo proverà prima della posta.",
  ],
  ["none is not", { status: "none", askedOn }, null],
  ["a trial neither", { status: "not-asked" }, null],
])("look-up-domicile: %s", async (_title, answer, note) => {
  const base = contextOf(lookUpDomicile, {
    send: {} as SendPort,
    clock: fakeClock(),
    shelf: makeShelf(),
  });
  const services = { lookups: { findDomicile: () => Promise.resolve(answer) } };
  const verbale = makeVerbale(0, "2026-11-10");
  const { destinatario } = verbale;
  const validation = {
    taxId: destinatario.codiceFiscale,
    denomination: "Tommaso Inventati",
    address: destinatario.indirizzo,
  };
  const item = { key: "T00000", round: 1, data: { verbale, validation } };
  const fields = await runOnItem(lookUpDomicile, item, { ...base, services });
  expect(lookUpDomicile.note?.(fields) ?? null).toBe(note);
  expect(fields).toMatchObject({ domicile: { people: [{ outcome: answer.status }] } });
});
