/** The GovPay client against the simulated GovPay: cancel, read again, make; what is refused brings the old ones back. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { ItemRejected, RetryLater, RunBlocked } from "../../../../engine/host/errors.ts";
import { createGovPayPayments } from "../../../../integrations/payments/govpay/client.ts";
import type { GovPayStatus } from "../../../../integrations/payments/govpay/wire.ts";
import {
  creditor,
  govpaySettings,
  makeGovPayWorld,
  orderFor,
  refusalOf,
  unlimited,
} from "./payments-world.ts";
import type { GovPayWorld } from "./payments-world.ts";

const org = "00000000191";
/** sha256("00000000191|V-1"), first 24 hex characters, generation. */
const document = "cdcfc857f50e27dca08c7877-g1";

let world: GovPayWorld;
beforeEach(() => {
  world = makeGovPayWorld();
});
afterEach(() => {
  world.simulator.close();
});

function seedOld(
  stato: GovPayStatus,
  idPendenza = "OLD-1",
  numeroAvviso = "307000000000099001",
): void {
  world.simulator.seed([
    { idDominio: org, idA2A: "POSTINO", idPendenza, stato, numeroAvviso, importoCents: 5000 },
  ]);
}

function statesByName(of: GovPayWorld = world): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { idPendenza, stato } of of.simulator.report().pendenze) found[idPendenza] = stato;
  return found;
}

const bothOpen = { [`${document}-S`]: "NON_ESEGUITA", [`${document}-R`]: "NON_ESEGUITA" };

describe("new pendenze", () => {
  test("two amounts make two pendenze of one document, on the two sides of the fifth day", async () => {
    const position = await world.payments.reset(orderFor("V-1"));

    expect(position).toEqual({
      ref: document,
      creditorTaxId: "00000000191",
      options: [
        {
          kind: "discounted",
          amountCents: 4400,
          iuv: "07000000000000105",
          noticeCode: "307000000000000105",
        },
        {
          kind: "reduced",
          amountCents: 5660,
          iuv: "07000000000000206",
          noticeCode: "307000000000000206",
        },
      ],
    });
    const puts = world.line.calls.filter((call) => call.method === "PUT");
    expect(puts.map((call) => call.body)).toEqual([
      {
        idTipoPendenza: "CDS",
        idDominio: "00000000191",
        causale: "Violazione Codice della Strada - verbale V-1 - importo scontato",
        soggettoPagatore: {
          tipo: "F",
          identificativo: "RSSMRA80A01H501U",
          anagrafica: "Rossi Mario",
          indirizzo: "Via Roma",
          civico: "12/A",
          cap: "00100",
          localita: "Roma",
          provincia: "RM",
          nazione: "IT",
        },
        importo: 44,
        numeroAvviso: "307000000000000105",
        tassonomiaAvviso: "Multe e sanzioni amministrative",
        documento: {
          identificativo: document,
          descrizione: "Violazione Codice della Strada - verbale V-1",
          soglia: { tipo: "ENTRO", giorni: 5 },
        },
        voci: [
          {
            idVocePendenza: "1",
            importo: 44,
            descrizione: "Violazione Codice della Strada - verbale V-1 - importo scontato",
            ibanAccredito: "IT60X0542811101000000123456",
            tipoContabilita: "ALTRO",
            codiceContabilita: "0101108TS/",
          },
        ],
      },
      expect.objectContaining({
        importo: 56.6,
        documento: expect.objectContaining({ soglia: { tipo: "OLTRE", giorni: 5 } }),
      }),
    ]);
  });

  test("one amount makes one pendenza without a document", async () => {
    const position = await world.payments.reset(
      orderFor("V-1", { options: [{ kind: "reduced", amountCents: 1999 }] }),
    );

    expect(position.options).toHaveLength(1);
    expect(statesByName()).toEqual({ [`${document}-R`]: "NON_ESEGUITA" });
    const body = world.line.calls.find((call) => call.method === "PUT")?.body;
    expect(body).toHaveProperty("importo", 19.99);
    expect(body).not.toHaveProperty("documento");
  });

  test.each([1, 1999, 2001, 4_349, 11_405, 99_999_999])(
    "%d cents survive the way through euro and back",
    async (amountCents) => {
      const order = orderFor("V-1", { options: [{ kind: "reduced", amountCents }] });

      await world.payments.reset(order);

      expect((await world.payments.find(order))?.options[0]?.amountCents).toBe(amountCents);
      expect(world.simulator.report().pendenze[0]?.importoCents).toBe(amountCents);
    },
  );

  test("the year of the emission is the year of reference", async () => {
    const own = makeGovPayWorld({ emission: { year: 2026, number: "012" } });
    await own.payments.reset(orderFor("V-1"));
    own.simulator.close();

    const put = own.line.calls.find((call) => call.method === "PUT");
    expect(put).toHaveProperty("body.annoRiferimento", 2026);
  });

  test.each([
    [true, { sendAbilitato: true, dataValidita: "2000-01-01" }],
    [false, {}],
    [undefined, {}],
  ] as const)("sendAbilitato %p: what lets GovPay ask SEND for the costs", async (said, sent) => {
    const given = said === undefined ? {} : { sendAbilitato: said };
    const own = makeGovPayWorld({ govpay: { ...govpaySettings.govpay, ...given } });
    await own.payments.reset(orderFor("V-1"));
    own.simulator.close();

    const puts = own.line.calls.filter((call) => call.method === "PUT");
    expect(puts).toHaveLength(2);
    for (const { body } of puts) {
      const { sendAbilitato, dataValidita, dataScadenza } = body as Record<string, unknown>;
      const told = { sendAbilitato, dataValidita, dataScadenza };
      expect(told).toEqual({
        sendAbilitato: undefined,
        dataValidita: undefined,
        dataScadenza: undefined,
        ...sent,
      });
    }
  });

  test("an entry that GovPay knows by name takes the place of the IBAN", async () => {
    const own = makeGovPayWorld({ govpay: { ...govpaySettings.govpay, codEntrata: "CDS-1" } });
    await own.payments.reset(orderFor("V-1"));
    own.simulator.close();

    const put = own.line.calls.find((call) => call.method === "PUT");
    expect(put?.body).toMatchObject({ voci: [{ codEntrata: "CDS-1" }] });
    expect(put).not.toHaveProperty("body.voci.0.ibanAccredito");
  });

  test("the same order again makes nothing and gives the same codes", async () => {
    const first = await world.payments.reset(orderFor("V-1"));
    const second = await world.payments.reset(orderFor("V-1"));

    expect(second).toEqual(first);
    expect(world.simulator.report()).toMatchObject({ created: 2, open: 2 });
  });

  test("a notice code that another pendenza has is passed over", async () => {
    seedOld("NON_ESEGUITA", "SOMEONE-ELSE", "307000000000000105");

    const position = await world.payments.reset(orderFor("V-1"));

    expect(position.options.map((option) => option.noticeCode)).toEqual([
      "307000000000000206",
      "307000000000000307",
    ]);
  });
});

describe("old pendenze", () => {
  test("an open one is cancelled, read again, and only then the new ones are made", async () => {
    seedOld("NON_ESEGUITA");

    await world.payments.reset(orderFor("V-1", { old: [{ idPendenza: "OLD-1" }] }));

    expect(world.line.heard()).toEqual([
      "GET /POSTINO/OLD-1",
      `GET /POSTINO/${document}-S`,
      `GET /POSTINO/${document}-R`,
      "PATCH /POSTINO/OLD-1",
      "GET /POSTINO/OLD-1",
      `PUT /POSTINO/${document}-S`,
      `PUT /POSTINO/${document}-R`,
    ]);
    expect(statesByName()).toEqual({ "OLD-1": "ANNULLATA", ...bothOpen });
  });

  test("one known by its notice code alone is found, whoever made it", async () => {
    world.simulator.seed([
      {
        idDominio: org,
        idA2A: "ALTRO-GESTIONALE",
        idPendenza: "X-1",
        numeroAvviso: "307000000000099001",
        importoCents: 5000,
      },
    ]);

    await world.payments.reset(orderFor("V-1", { old: [{ noticeCode: "307000000000099001" }] }));

    expect(statesByName()).toEqual({ "X-1": "ANNULLATA", ...bothOpen });
  });

  test("both amounts of an earlier generation are cancelled", async () => {
    const first = await world.payments.reset(orderFor("V-1"));

    await world.payments.reset(
      orderFor("V-1", { generation: 2, idempotencyKey: "round-2", old: [{ ref: first.ref }] }),
    );

    expect(statesByName()).toEqual({
      [`${document}-S`]: "ANNULLATA",
      [`${document}-R`]: "ANNULLATA",
      [`${document.replace("-g1", "-g2")}-S`]: "NON_ESEGUITA",
      [`${document.replace("-g1", "-g2")}-R`]: "NON_ESEGUITA",
    });
  });

  test.each(["ANNULLATA", "SCADUTA"] as const)("one that is %s stays as it is", async (stato) => {
    seedOld(stato);

    await world.payments.reset(orderFor("V-1", { old: [{ idPendenza: "OLD-1" }] }));

    expect(statesByName()).toEqual({ "OLD-1": stato, ...bothOpen });
  });

  test.each([
    ["ESEGUITA", "ALREADY_PAID"],
    ["INCASSATA", "ALREADY_PAID"],
    ["ESEGUITA_PARZIALE", "PARTIALLY_PAID"],
    ["ANOMALA", "POSITION_UNCLEAR"],
  ] as const)("one that is %s stops the verbale, nothing is touched", async (stato, code) => {
    seedOld("NON_ESEGUITA", "OLD-0", "307000000000099000");
    seedOld(stato);

    const error = await refusalOf(
      world.payments.reset(
        orderFor("V-1", { old: [{ idPendenza: "OLD-0" }, { idPendenza: "OLD-1" }] }),
      ),
    );

    expect(error).toBeInstanceOf(ItemRejected);
    expect(error.code).toBe(code);
    expect(error.message).toContain("Nessuna posizione è stata annullata");
    expect(statesByName()).toEqual({ "OLD-0": "NON_ESEGUITA", "OLD-1": stato });
  });

  test("the amount of an earlier generation that was paid stops the verbale: its sibling stays open", async () => {
    const first = await world.payments.reset(orderFor("V-1"));
    world.simulator.pay(org, "307000000000000206");

    const error = await refusalOf(
      world.payments.reset(
        orderFor("V-1", { generation: 2, idempotencyKey: "round-2", old: [{ ref: first.ref }] }),
      ),
    );

    expect(error.code).toBe("ALREADY_PAID");
    expect(statesByName()).toEqual({
      [`${document}-S`]: "NON_ESEGUITA",
      [`${document}-R`]: "ESEGUITA",
    });
  });

  test("a payment just before the cancel is told apart from a malformed request", async () => {
    seedOld("NON_ESEGUITA");
    world.line.before(
      ({ method }) => method === "PATCH",
      () => world.simulator.pay(org, "307000000000099001"),
    );

    const error = await refusalOf(
      world.payments.reset(orderFor("V-1", { old: [{ idPendenza: "OLD-1" }] })),
    );

    expect(error.code).toBe("ALREADY_PAID");
    expect(statesByName()).toEqual({ "OLD-1": "ESEGUITA" });
  });

  test("a late receipt before the second reading: nothing new is made", async () => {
    seedOld("NON_ESEGUITA");
    world.line.before(
      ({ method }) => method === "GET" && world.line.heard().includes("PATCH /POSTINO/OLD-1"),
      () => world.simulator.pay(org, "307000000000099001"),
    );

    const error = await refusalOf(
      world.payments.reset(orderFor("V-1", { old: [{ idPendenza: "OLD-1" }] })),
    );

    expect(error.code).toBe("ALREADY_PAID");
    expect(statesByName()).toEqual({ "OLD-1": "ESEGUITA" });
  });

  test("a late receipt found on a retry takes back what was made", async () => {
    seedOld("NON_ESEGUITA");
    const order = orderFor("V-1", { old: [{ idPendenza: "OLD-1" }] });
    world.line.breakCall(6, 503);
    expect(await refusalOf(world.payments.reset(order))).toBeInstanceOf(RetryLater);
    world.simulator.pay(org, "307000000000099001");

    const error = await refusalOf(world.payments.reset(order));

    expect(error.code).toBe("ALREADY_PAID");
    expect(statesByName()).toEqual({ "OLD-1": "ESEGUITA", [`${document}-S`]: "ANNULLATA" });
  });

  test.each([{ iupd: "OLD-1" }, { noticeCode: "123" }])(
    "one that GovPay cannot look up is rejected before anything happens",
    async (position) => {
      const error = await refusalOf(world.payments.reset(orderFor("V-1", { old: [position] })));

      expect(error.code).toBe("POSITION_NOT_ADDRESSABLE");
      expect(world.line.calls).toEqual([]);
    },
  );
});

describe("refusals", () => {
  test("new data that GovPay refuses bring the cancelled one back and take the half made away", async () => {
    seedOld("NON_ESEGUITA");
    const order = orderFor("V-1", {
      old: [{ idPendenza: "OLD-1" }],
      debtor: { type: "PF", taxId: "R", denomination: "Rossi Mario" },
    });

    const error = await refusalOf(world.payments.reset(order));

    expect(error).toBeInstanceOf(ItemRejected);
    expect(error.code).toBe("PAYMENT_DATA_REFUSED");
    expect(error.message).toContain("HTTP 400: SINTASSI");
    expect(error.message).toContain("Posizioni precedenti annullate e poi riaperte: 1");
    expect(statesByName()).toEqual({ "OLD-1": "NON_ESEGUITA" });
  });

  test("a reopening that fails is made up for on the next try", async () => {
    seedOld("NON_ESEGUITA");
    const order = orderFor("V-1", {
      old: [{ idPendenza: "OLD-1" }],
      debtor: { type: "PF", taxId: "R", denomination: "Rossi Mario" },
    });
    world.line.before(
      (call) => call.method === "PUT",
      () => world.line.breakCall(2, 503),
    );

    const first = await refusalOf(world.payments.reset(order));
    expect(first.code).toBe("CANCELLED_NOT_ACTIVE");

    const second = await refusalOf(world.payments.reset(order));
    expect(second.code).toBe("PAYMENT_DATA_REFUSED");
    expect(statesByName()).toEqual({ "OLD-1": "NON_ESEGUITA" });
  });

  test("a pendenza that others had cancelled before is not reopened", async () => {
    seedOld("ANNULLATA");
    const order = orderFor("V-1", {
      old: [{ idPendenza: "OLD-1" }],
      debtor: { type: "PF", taxId: "R", denomination: "Rossi Mario" },
    });

    const error = await refusalOf(world.payments.reset(order));

    expect(error.message).toContain("Nessuna posizione precedente è stata riaperta");
    expect(statesByName()).toEqual({ "OLD-1": "ANNULLATA" });
  });

  test("a new pendenza open with another amount is left alone, and so is the old one", async () => {
    await world.payments.reset(orderFor("V-1"));
    seedOld("NON_ESEGUITA");

    const error = await refusalOf(
      world.payments.reset(
        orderFor("V-1", {
          old: [{ idPendenza: "OLD-1" }],
          options: [{ kind: "reduced", amountCents: 1 }],
        }),
      ),
    );

    expect(error.code).toBe("POSITION_CONFLICT");
    expect(statesByName()).toEqual({ "OLD-1": "NON_ESEGUITA", ...bothOpen });
  });

  const settingsFaults = [
    [400, "APP_000", "l'applicazione"],
    [400, "APP_001", "l'applicazione"],
    [422, "DOM_000", "l'ente"],
    [500, "DOM_003", "assegnare da sé gli IUV"],
    [422, "TRB_000", "entrata"],
    [422, "TVD_000", "tipo di pendenza"],
    [422, "VER_017", "forma degli IUV"],
    [422, "VER_019", "senza un'entrata"],
    [422, "VER_020", "IBAN di accredito"],
    [422, "VER_022", "tipo di pendenza"],
    [422, "VER_027", "codice di segregazione"],
    [422, "VER_032", "IBAN di accredito"],
    [422, "VER_033", "IBAN di appoggio"],
    [422, "VER_039", "un'altra cifra"],
  ] as const;

  test.each(settingsFaults)(
    "%i %s concerns the whole ente: the run stops, the old pendenza is open again",
    async (status, codice, text) => {
      seedOld("NON_ESEGUITA");
      world.line.answerOnce(({ method }) => method === "PUT", status, {
        categoria: "RICHIESTA",
        codice,
        descrizione: "Richiesta non valida",
        dettaglio: "prova",
      });

      const error = await refusalOf(
        world.payments.reset(orderFor("V-1", { old: [{ idPendenza: "OLD-1" }] })),
      );
      const stopped = statesByName();
      const again = await world.payments.reset(orderFor("V-1", { old: [{ idPendenza: "OLD-1" }] }));

      expect(error).toBeInstanceOf(RunBlocked);
      expect(error.code).toBe("PAYMENTS_SETTINGS_REFUSED");
      expect(error.message).toContain(text);
      expect(error.message).toContain(`HTTP ${status}: ${codice}, Richiesta non valida, prova`);
      expect(error.message).toContain("Posizioni precedenti annullate e poi riaperte: 1");
      expect(error.message).not.toContain("non è ancora pagabile");
      expect((error as RunBlocked).hint).toMatchObject({
        action: "resume",
        setting: { technical: expect.stringMatching(/^Controllare /) as string },
      });
      expect(stopped).toEqual({ "OLD-1": "NON_ESEGUITA" });
      expect(again.options).toHaveLength(2);
      expect(statesByName()).toEqual({ "OLD-1": "ANNULLATA", ...bothOpen });
    },
  );

  test.each([
    ["VER_001", "stesso identificativo"],
    ["VER_002", "somma delle voci"],
    ["VER_012", "già fatto"],
    ["VER_014", "gestionale"],
    ["VER_035", "contabilità"],
    ["VER_038", "beneficiari"],
  ])("422 %s rejects the one verbale and says why in Italian", async (codice, text) => {
    world.line.answerOnce(({ method }) => method === "PUT", 422, {
      categoria: "RICHIESTA",
      codice,
      descrizione: "Richiesta non valida",
      dettaglio: "di Rossi Mario",
    });

    const error = await refusalOf(world.payments.reset(orderFor("V-1")));

    expect(error).toBeInstanceOf(ItemRejected);
    expect(error.code).toBe("PAYMENT_DATA_REFUSED");
    expect(error.message).toContain(text);
    expect(error.message).toContain(codice);
    expect(error.message).not.toContain("Rossi");
  });

  test("an IUV that GovPay gave to another pendenza (VER_018) is passed over", async () => {
    world.line.answerOnce(({ method }) => method === "PUT", 422, {
      categoria: "RICHIESTA",
      codice: "VER_018",
      descrizione: "Richiesta non valida",
    });

    const position = await world.payments.reset(orderFor("V-1"));

    expect(position.options[0]?.noticeCode).toBe("307000000000000206");
  });

  test("a wrong password blocks the run", async () => {
    const payments = createGovPayPayments({
      settings: govpaySettings,
      govpay: govpaySettings.govpay,
      creditor,
      password: async () => "sbagliata",
      http: world.line.http,
      clock: world.clock,
      limiter: unlimited,
      counters: world.counters,
    });

    const error = await refusalOf(payments.reset(orderFor("V-1")));

    expect(error).toBeInstanceOf(RunBlocked);
    expect(error.code).toBe("PAYMENTS_ACCESS_DENIED");
  });
});

describe("two at once", () => {
  test("two processes with the same order make the two pendenze once", async () => {
    seedOld("NON_ESEGUITA");
    const order = orderFor("V-1", { old: [{ idPendenza: "OLD-1" }] });

    const [one, two] = await Promise.all([
      world.payments.reset(order),
      world.payments.reset(order),
    ]);

    expect(one).toEqual(two);
    expect(world.simulator.report()).toMatchObject({ created: 2, open: 2, cancelled: 1 });
  });

  test("what another installation made with its own numbers just before the PUT is taken up, not cancelled", async () => {
    world.line.before(
      ({ method, path }) => method === "PUT" && path.endsWith("-S"),
      () =>
        world.simulator.seed([
          {
            idDominio: org,
            idA2A: "POSTINO",
            idPendenza: `${document}-S`,
            numeroAvviso: "307000000000099001",
            importoCents: 4400,
          },
        ]),
    );

    const position = await world.payments.reset(orderFor("V-1"));

    expect(position.options.map(({ noticeCode }) => noticeCode)).toEqual([
      "307000000000099001",
      "307000000000000206",
    ]);
    expect(world.simulator.report()).toMatchObject({ open: 2, cancelled: 0 });
  });

  test("a pendenza of ours that was paid just before the PUT rejects the verbale as paid", async () => {
    world.line.before(
      ({ method, path }) => method === "PUT" && path.endsWith("-S"),
      () =>
        world.simulator.seed([
          {
            idDominio: org,
            idA2A: "POSTINO",
            idPendenza: `${document}-S`,
            numeroAvviso: "307000000000000105",
            importoCents: 4400,
            stato: "ESEGUITA",
          },
        ]),
    );

    const error = await refusalOf(world.payments.reset(orderFor("V-1")));

    expect(error.code).toBe("ALREADY_PAID");
  });
});

describe("how a position stands", () => {
  test("by name, by reference and by notice code", async () => {
    const { ref } = await world.payments.reset(orderFor("V-1"));

    expect(await world.payments.inspect({ ref })).toBe("open");
    world.simulator.pay(org, "307000000000000206");
    expect(await world.payments.inspect({ ref })).toBe("paid");
    expect(await world.payments.inspect({ noticeCode: "307000000000000105" })).toBe("open");
    expect(await world.payments.inspect({ idPendenza: "GONE" })).toBe("absent");
  });
});
