/** Who is told of what, and how often: one message for each cause, recipient and day, sent at least once, without personal data. */
import { afterEach, describe, expect, spyOn, test } from "bun:test";
import { join } from "node:path";
import { X509Certificate } from "node:crypto";
import { openPipelineBook } from "../../../../server/pipeline-book.ts";
import {
  type AlertDesk,
  type AlertDeskOptions,
  openAlertDesk,
} from "../../../support/alert-desk.ts";

const open: AlertDesk[] = [];
afterEach(async () => {
  for (const desk of open.splice(0)) await desk.close();
});

async function makeDesk(options?: AlertDeskOptions): Promise<AlertDesk> {
  const desk = await openAlertDesk(options);
  open.push(desk);
  return desk;
}

const blocked = {
  state: "blocked",
  code: "SEND_AWAY",
  reason: "SEND non risponde per RSSMRA80A01H501U.",
} as const;
const minuteMs = 60_000;
const dayMs = 86_400_000;

describe("one message for a cause and a day", () => {
  test("40 minutes of outage that stop eight runs of three enti are one message to who keeps them all", async () => {
    const desk = await makeDesk({ enti: { prova: "", valle: "", monte: "" } });
    const enti = ["prova", "valle", "monte"];

    for (let minute = 0; minute < 40; minute += 1) {
      if (minute % 5 === 0) await desk.addRun(enti[minute % 3] ?? "prova", blocked);
      await desk.keeper.look();
      await desk.clock.advance(minuteMs);
    }

    expect(desk.listSubjects()).toEqual([
      "ced@comune.example [Postino] Comune di prova: flusso fermo",
    ]);
  });

  test("an hour in which nothing changes leaves no record but the first look of each ente, and none is asked again", async () => {
    const desk = await makeDesk({ enti: { prova: "", valle: "" } });
    desk.setSend(true);
    await desk.keeper.look();
    const { journal } = desk.writing;
    const read = spyOn(journal, "readRecords");
    const written = spyOn(journal, "writeRecords");

    for (let minute = 0; minute < 60; minute += 1) {
      await desk.clock.advance(minuteMs);
      await desk.keeper.look();
    }
    const quiet = written.mock.calls.length;
    const looks = read.mock.calls.filter(([, kind]) => kind === "alert-look").length;
    desk.setSend(false);
    for (let minute = 0; minute < 60; minute += 1) {
      await desk.clock.advance(minuteMs);
      await desk.keeper.look();
    }
    const states = written.mock.calls
      .flatMap(([, records]) => records)
      .filter(({ kind }) => kind === "send-state");

    expect([quiet, looks]).toEqual([0, 0]);
    expect(states.map(({ data }) => data["isWorking"])).toEqual([false]);
  });

  test("what stops within a minute is told together, with what was not done and a link, and no person's data", async () => {
    const desk = await makeDesk({ enti: { prova: "", valle: "" } });
    await desk.addRun("prova", blocked);
    await desk.addRun("valle", { ...blocked, isLoaded: false });

    await desk.lookTwice();

    const [letter] = desk.mail.letters;
    expect(desk.listSubjects()).toEqual(["ced@comune.example [Postino] 2 enti: flusso fermo (2)"]);
    expect(letter?.text).toContain(
      "- Comune di prova: Il flusso 20261130-0001 è fermo: SEND non risponde per •••.\n  Non fatto: Nessun verbale aspetta altro.\n  https://postino.comune.example/flussi/20261130-0001",
    );
    expect(letter?.text).toContain(
      "Non fatto: Nessun verbale è stato letto: il flusso non è cominciato.",
    );
    expect(letter?.text).not.toContain("RSSMRA80A01H501U");
  });

  test("another cause is another message, and the next day each is told again", async () => {
    const desk = await makeDesk();
    await desk.addRun("prova", blocked);
    await desk.addRun("prova", { ...blocked, code: "MISSING_SECRET", reason: "Manca il segreto." });

    await desk.lookTwice();
    expect(desk.mail.letters).toHaveLength(2);
    await desk.clock.advance(dayMs);
    await desk.lookTwice();

    expect(desk.mail.letters).toHaveLength(4);
  });

  test("who keeps one ente is told of that one, who stands in two files once", async () => {
    const desk = await makeDesk({
      enti: {
        prova: "alerts: { to: [comando@prova.example, ced@comune.example] }\n",
        valle: "alerts: { to: [comando@valle.example] }\n",
      },
    });
    await desk.addRun("prova", blocked);

    await desk.lookTwice();

    expect(desk.listSubjects().toSorted()).toEqual([
      "ced@comune.example [Postino] Comune di prova: flusso fermo",
      "comando@prova.example [Postino] Comune di prova: flusso fermo",
    ]);
  });

  test.each([
    ["a run that the program itself interrupted", { state: "blocked", code: "STOPPED" }],
    ["a run that ended well", { state: "completed", endedAt: "2026-11-30T08:00:00.000Z" }],
    ["a run that was cancelled", { state: "cancelled" }],
  ] as const)("%s is no matter for anybody", async (_what, patch) => {
    const desk = await makeDesk();
    await desk.addRun("prova", patch);

    await desk.lookTwice();

    expect(desk.mail.letters).toEqual([]);
  });
});

describe("a person who is waited for", () => {
  test("is asked for each question by itself, without a name", async () => {
    const desk = await makeDesk();
    const { journal } = desk.writing;
    for (const kind of ["otp", "approval"] as const) {
      const run = await desk.addRun("prova", { state: "waiting-for-person" });
      await journal.openAsk({
        run: run.id,
        step: "sign",
        kind,
        who: "Ada Fittizia",
        prompt: "Scrivere il codice",
        problem: null,
        deadline: "2026-12-01T08:00:00.000Z",
      });
    }

    await desk.lookTwice();

    expect(desk.listSubjects()).toEqual([
      "ced@comune.example [Postino] Comune di prova: un flusso aspetta una persona",
      "ced@comune.example [Postino] Comune di prova: un flusso aspetta una persona",
    ]);
    const text = desk.mail.letters.map((letter) => letter.text).join("\n");
    expect(text).toContain("aspetta un codice OTP entro il 01/12/2026 09:00.");
    expect(text).toContain("aspetta il benestare di una persona");
    expect(text).not.toContain("Fittizia");
  });
});

const schedule = {
  cron: "30 6 * * 1-5",
  timezone: "Europe/Rome",
  ifMissed: "run-once",
  ifRunning: "skip",
} as const;

describe("a success that does not come", () => {
  const weekly: AlertDeskOptions = {
    // Friday, 7:00 in Rome.
    start: "2026-11-27T06:00:00.000Z",
    scheduled: [{ pipeline: "send", ente: "prova", schedule }],
    expectations: [{ pipeline: "send", everyMs: 26 * 3_600_000 }],
  };

  test.each([
    ["on Sunday nothing was due", "2026-11-29T11:00:00.000Z", 0],
    ["on Monday the run has two hours", "2026-11-30T07:25:00.000Z", 0],
    ["then it is late", "2026-11-30T07:35:00.000Z", 1],
  ])("after Friday's: %s", async (_what, at, letters) => {
    const desk = await makeDesk(weekly);
    await desk.addRun("prova", { state: "completed", endedAt: "2026-11-27T05:40:00.000Z" });

    await desk.clock.jump(at);
    await desk.lookTwice();

    expect(desk.mail.letters).toHaveLength(letters);
    if (letters > 0)
      expect(desk.mail.letters[0]?.text).toContain(
        "La pipeline «send» doveva riuscire entro 1 g 2 h. L'ultima volta è il 27/11/2026 06:40.",
      );
  });

  test("of a pipeline that is new here is waited for from now on", async () => {
    const desk = await makeDesk(weekly);

    await desk.lookTwice();
    expect(desk.mail.letters).toEqual([]);
    await desk.clock.jump("2026-11-30T08:00:00.000Z");
    await desk.lookTwice();

    expect(desk.mail.letters[0]?.text).toContain("Non è ancora riuscita.");
  });

  test("of what people start is expected of who has done it", async () => {
    const desk = await makeDesk({ ...weekly, scheduled: [] });
    await desk.addRun("prova", { state: "completed", endedAt: "2026-11-27T05:40:00.000Z" });

    await desk.clock.advance(27 * 3_600_000);
    await desk.lookTwice();

    expect(desk.listSubjects()).toEqual([
      "ced@comune.example [Postino] Comune di prova: nessun flusso riuscito da troppo tempo",
    ]);
  });
});

describe("what SEND says of itself", () => {
  test("a malfunction is told when it is declared and when it is over, once each", async () => {
    const desk = await makeDesk();
    desk.setSend(true);
    await desk.lookTwice();

    desk.setSend(false);
    for (let minute = 0; minute < 40; minute += 1) {
      await desk.clock.advance(minuteMs);
      await desk.keeper.look();
    }
    desk.setSend(true);
    for (let minute = 0; minute < 20; minute += 1) {
      await desk.clock.advance(minuteMs);
      await desk.keeper.look();
    }

    expect(desk.listSubjects()).toEqual([
      "ced@comune.example [Postino] Postino: SEND dichiara un disservizio",
      "ced@comune.example [Postino] Postino: il disservizio di SEND è finito",
    ]);
  });

  test("who does not answer has declared nothing", async () => {
    const desk = await makeDesk();
    await desk.lookTwice();

    expect(desk.mail.letters).toEqual([]);
  });
});

const demoKey = join(import.meta.dir, "../../../../data/demo/keys/comandante.p12");
const signing = `signing: { signers: { comandante: { pkcs12: { file: ${demoKey}, password: { secret: DEMO_KEY_PASSWORD } } } } }`;

describe("what ends", () => {
  test.each([
    ["in 40 days: not yet", "2027-01-09", 0, ""],
    ["in 30 days", "2026-12-30", 1, "chiave API di SEND: scade tra 30 giorni (30/12/2026)."],
    ["today", "2026-11-30", 1, "chiave API di SEND: vale fino a oggi (30/11/2026)."],
    ["yesterday", "2026-11-29", 1, "chiave API di SEND: è scaduto (29/11/2026)."],
  ])("%s", async (_what, on, letters, text) => {
    const desk = await makeDesk({
      enti: { prova: `alerts: { expiries: [{ what: chiave API di SEND, on: "${on}" }] }\n` },
    });

    await desk.lookTwice();

    expect(desk.mail.letters).toHaveLength(letters);
    expect(desk.mail.letters[0]?.text ?? "").toContain(text);
  });

  test("is told at 30, 14, 7, 3, 2, 1 days and the day itself, then daily", async () => {
    const desk = await makeDesk({
      start: "2026-11-30T08:00:00.000Z",
      settings: `to: [ced@comune.example]\nexpiries: [{ what: delega, on: "2026-12-30" }]\n`,
    });

    for (let day = 0; day < 33; day += 1) {
      await desk.lookTwice();
      await desk.clock.advance(dayMs);
    }

    expect(desk.mail.letters).toHaveLength(9);
  });

  test("a key of the API ends too", async () => {
    const desk = await makeDesk({
      keys: [
        { name: "gestionale", endsAt: "2026-12-06T23:00:00.000Z" },
        { name: "eterna", endsAt: null },
      ],
    });

    await desk.lookTwice();

    expect(desk.mail.letters[0]?.text).toContain(
      "La chiave «gestionale» dell'API: scade tra 6 giorni (06/12/2026).",
    );
  });

  test("and the certificate that signs, read of its file", async () => {
    // The demonstration's ends in 2046.
    const desk = await makeDesk({ signing });
    const { chain } = await desk.writing
      .openServices((await readEnte(desk)) ?? never())
      .signing.requireSigner("comandante")
      .describe();
    const ends = Date.parse(new X509Certificate(chain[0] ?? Buffer.of()).validTo);
    await desk.clock.jump(ends - 5 * dayMs);

    await desk.lookTwice();

    expect(desk.mail.letters.map(({ text }) => text).join()).toMatch(
      /Il certificato di firma «comandante»: scade tra (4|5) giorni/,
    );
  });
});

function never(): never {
  throw new Error("no ente");
}

async function readEnte(desk: AlertDesk) {
  const [ente] = await openPipelineBook(desk.writing).readEnti();
  return ente;
}

describe("a message that does not go out", () => {
  test("is tried again, further and further apart, and the page says why", async () => {
    const desk = await makeDesk();
    const { port } = desk.mail;
    desk.writeSettings("to: [ced@comune.example]\n");
    await desk.mail.close();
    await desk.addRun("prova", blocked);
    await desk.lookTwice();

    const [waiting] = await desk.keeper.list();
    expect(waiting).toMatchObject({
      to: "ced@comune.example",
      sentAt: null,
      tries: 1,
      isWaiting: true,
      fault: "Il server di posta rifiuta la connessione.",
    });
    for (let minute = 0; minute < 60; minute += 1) {
      await desk.clock.advance(minuteMs);
      await desk.keeper.look();
    }

    expect((await desk.keeper.list())[0]?.tries).toBe(6);
    expect(port).toBeGreaterThan(0);
  });

  test("without a mail server waits for one", async () => {
    const desk = await makeDesk();
    const { config } = desk.writing;
    await Bun.write(config.alertsFile, "to: [ced@comune.example]\n");
    await desk.addRun("prova", blocked);
    await desk.lookTwice();
    expect((await desk.keeper.list())[0]?.fault).toBe(
      "Manca il server di posta: scriverlo in avvisi.yaml, sotto mail.",
    );

    desk.writeSettings("to: [ced@comune.example]\n");
    await desk.clock.advance(5 * minuteMs);
    await desk.keeper.look();

    expect(desk.mail.letters).toHaveLength(1);
    expect((await desk.keeper.list())[0]?.sentAt).not.toBeNull();
  });

  test("that was sent, and whose mark was lost, goes out again under the same name", async () => {
    const desk = await makeDesk();
    await desk.addRun("prova", blocked);
    const { journal } = desk.writing;
    await desk.keeper.look();
    await desk.clock.advance(61_000);
    const { writeRecords } = journal;
    const lost = new Error("power cut");
    Object.assign(journal, {
      writeRecords: (ente: string, drafts: readonly { readonly kind: string }[]) =>
        drafts.some(({ kind }) => kind === "message")
          ? Promise.reject(lost)
          : writeRecords.call(journal, ente, drafts as never),
    });
    await expect(desk.keeper.look()).rejects.toBe(lost);
    Object.assign(journal, { writeRecords });

    await desk.keeper.look();
    await desk.keeper.look();

    const ids = desk.mail.letters.map(({ text }) => /^Message-ID: (.*)$/m.exec(text)?.[1]);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });
});

describe("onFailure", () => {
  const notify = {
    uses: "notify",
    with: { to: "ced@comune.example, turno@comune.example", text: "Chiamare il CED." },
  };

  test("tells its addresses once that the run has stopped, in one message with who is told anyway", async () => {
    const desk = await makeDesk();
    await desk.addRun("prova", blocked, notify);

    await desk.lookTwice();
    await desk.lookTwice();

    expect(desk.listSubjects().toSorted()).toEqual([
      "ced@comune.example [Postino] Comune di prova: flusso fermo",
      "turno@comune.example [Postino] Comune di prova: flusso fermo",
    ]);
    expect(desk.mail.letters[0]?.text).toContain("Chiamare il CED.");
  });

  test.each([["completed"], ["completed-with-rejections"], ["waiting"], ["cancelled"]] as const)(
    "tells nothing of a run that is %s",
    async (state) => {
      const desk = await makeDesk({ settings: "" });
      await desk.addRun("prova", { state, endedAt: "2026-11-30T08:00:00.000Z" }, notify);

      await desk.lookTwice();

      expect(desk.mail.letters).toEqual([]);
    },
  );
});

describe("the morning's digest", () => {
  const settings = 'digest: { at: "07:30", to: [comandante@comune.example] }\n';

  test.each([
    ["before its hour", "2026-11-30T06:29:00.000Z", 0],
    ["at its hour, Rome's", "2026-11-30T06:30:00.000Z", 1],
    ["late, when the server was down", "2026-11-30T10:00:00.000Z", 1],
    ["not in the afternoon", "2026-11-30T14:00:00.000Z", 0],
  ])("%s", async (_what, start, letters) => {
    const desk = await makeDesk({ settings, start });

    await desk.lookTwice();
    await desk.lookTwice();

    const isDigest = desk.listSubjects().filter((one) => one.includes("riepilogo"));
    // One look later it is 6:30 too.
    expect(isDigest).toHaveLength(start.startsWith("2026-11-30T06:29") ? 1 : letters);
  });

  test("says what yesterday came to and what waits, in numbers", async () => {
    const desk = await makeDesk({ settings, start: "2026-11-29T08:00:00.000Z" });
    await desk.addRun("prova", { state: "completed", endedAt: "2026-11-29T08:05:00.000Z" });
    await desk.addRun("prova", blocked);

    await desk.clock.jump("2026-11-30T06:31:00.000Z");
    await desk.keeper.look();

    expect(desk.listSubjects()).toEqual([
      "comandante@comune.example [Postino] Comune di prova: riepilogo del mattino",
    ]);
    expect(desk.mail.letters[0]?.text).toContain(
      "Il 29/11/2026: 2 flussi, 0 verbali inviati, 0 scartati. Il flusso 20261129-0002 è fermo:",
    );
  });
});

test("a test message goes to everybody who is told of all, by mail and as a signed request", async () => {
  const desk = await makeDesk({ settings: "to: [ced@comune.example, due@comune.example]\n" });

  expect(await desk.keeper.test()).toBe(2);
  await desk.keeper.look();

  expect(desk.listSubjects()).toEqual([
    "ced@comune.example [Postino] Postino: messaggio di prova",
    "due@comune.example [Postino] Postino: messaggio di prova",
  ]);
});

test("a file with a fault leaves what it said before in force", async () => {
  const desk = await makeDesk();
  await desk.keeper.look();
  await Bun.write(desk.writing.config.alertsFile, "to: [Ada <ada@comune.example>]\n");
  await desk.addRun("prova", blocked);

  await desk.lookTwice();

  expect(desk.listSubjects()).toEqual([
    "ced@comune.example [Postino] Comune di prova: flusso fermo",
  ]);
});
