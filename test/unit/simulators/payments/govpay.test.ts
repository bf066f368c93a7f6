/** The simulated GovPay: its state rules and error codes, spoken to over HTTP. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { createGovPaySimulator } from "../../../../simulators/payments/govpay-simulator.ts";
import type { GovPaySimulator } from "../../../../simulators/payments/govpay-simulator.ts";
import type { GovPayStatus } from "../../../../integrations/payments/govpay/wire.ts";
import { fakeClock } from "../../integrations/payments/payments-world.ts";

let govpay: GovPaySimulator;
beforeEach(() => {
  govpay = createGovPaySimulator({ file: ":memory:", clock: fakeClock(), users: { u: "p:w" } });
});
afterEach(() => {
  govpay.close();
});

async function call(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await govpay.app.request(path, {
    method,
    headers: {
      authorization: `Basic ${btoa("u:p:w")}`,
      "content-type": method === "PATCH" ? "application/json-patch+json" : "application/json",
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>),
  };
}

function pendenza(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    idTipoPendenza: "CDS",
    idDominio: "00000000191",
    causale: "Violazione",
    soggettoPagatore: { tipo: "F", identificativo: "RSSMRA80A01H501U" },
    importo: 19.99,
    voci: [{ idVocePendenza: "1", importo: 19.99, descrizione: "Violazione", codEntrata: "CDS" }],
    ...changes,
  };
}

const cancel = [
  { op: "REPLACE", path: "/stato", value: "ANNULLATA" },
  { op: "REPLACE", path: "/descrizioneStato", value: "prova" },
];

function seeded(stato: GovPayStatus): void {
  govpay.seed([
    {
      idDominio: "00000000191",
      idA2A: "A",
      idPendenza: "OLD",
      stato,
      numeroAvviso: "307000000000099001",
      importoCents: 5000,
    },
  ]);
}

describe("putting", () => {
  test("a new pendenza is a 201 with a notice code of GovPay's own, again is a 200 with the same", async () => {
    const first = await call("PUT", "/pendenze/A/1", pendenza());
    const second = await call("PUT", "/pendenze/A/1", pendenza());

    expect(first.status).toBe(201);
    expect(first.body["numeroAvviso"]).toBe("300000000000000104");
    expect(second.status).toBe(200);
    expect(second.body["numeroAvviso"]).toBe("300000000000000104");
    expect(govpay.report()).toMatchObject({ created: 1, open: 1 });
  });

  test("another notice code for the same pendenza is VER_024, one of another pendenza VER_025", async () => {
    await call("PUT", "/pendenze/A/1", pendenza({ numeroAvviso: "307000000000000105" }));

    const changed = await call(
      "PUT",
      "/pendenze/A/1",
      pendenza({ numeroAvviso: "307000000000000206" }),
    );
    const taken = await call(
      "PUT",
      "/pendenze/A/2",
      pendenza({ numeroAvviso: "307000000000000105" }),
    );

    expect([changed.status, changed.body["codice"]]).toEqual([422, "VER_024"]);
    expect([taken.status, taken.body["codice"]]).toEqual([422, "VER_025"]);
  });

  test("a cancelled pendenza takes new data and stays cancelled", async () => {
    await call("PUT", "/pendenze/A/1", pendenza());
    await call("PATCH", "/pendenze/A/1", cancel);

    expect((await call("PUT", "/pendenze/A/1", pendenza({ causale: "Altra" }))).status).toBe(200);

    expect((await call("GET", "/pendenze/A/1")).body).toMatchObject({
      stato: "ANNULLATA",
      causale: "Altra",
    });
  });

  test("a paid pendenza is VER_003", async () => {
    seeded("ESEGUITA");

    const answer = await call("PUT", "/pendenze/A/OLD", pendenza());

    expect([answer.status, answer.body["codice"]]).toEqual([422, "VER_003"]);
  });

  const bad: readonly (readonly [string, string, Record<string, unknown>])[] = [
    ["a name with a blank", "/pendenze/A/a%20b", {}],
    ["a name of 36 characters", `/pendenze/A/${"a".repeat(36)}`, {}],
    ["no voci", "/pendenze/A/1", { voci: [] }],
    ["a causale of 141 characters", "/pendenze/A/1", { causale: "a".repeat(141) }],
    [
      "a document without rata or soglia",
      "/pendenze/A/1",
      { documento: { identificativo: "d", descrizione: "d" } },
    ],
  ];
  test.each(bad)("%s is a 400 SINTASSI", async (_what, path, changes) => {
    const answer = await call("PUT", path, pendenza(changes));

    expect([answer.status, answer.body["codice"]]).toEqual([400, "SINTASSI"]);
  });

  const voce = {
    idVocePendenza: "1",
    importo: 5,
    descrizione: "v",
    ibanAccredito: "IT60X0542811101000000123456",
    tipoContabilita: "ALTRO",
    codiceContabilita: "c",
  };
  const meaningless: readonly (readonly [string, Record<string, unknown>])[] = [
    ["VER_001", { importo: 10, voci: [voce, voce] }],
    ["VER_002", { importo: 20 }],
    ["VER_017", { numeroAvviso: "307000000000000199" }],
    ["VER_020", { importo: 5, voci: [{ ...voce, ibanAccredito: "IT00X0542811101000000123456" }] }],
    ["VER_027", { numeroAvviso: "308000000000000105" }],
    ["VER_039", { numeroAvviso: "007000000000000105" }],
  ];
  test.each(meaningless)("%s is a 422 in GovPay's words", async (codice, changes) => {
    const strict = createGovPaySimulator({
      file: ":memory:",
      clock: fakeClock(),
      registered: { ibans: ["IT60X0542811101000000123456"], segregationCodes: ["07"] },
    });

    const answer = await strict.app.request("/pendenze/A/1", {
      method: "PUT",
      headers: { authorization: `Basic ${btoa("u:p")}`, "content-type": "application/json" },
      body: JSON.stringify(pendenza(changes)),
    });
    const body: unknown = await answer.json();
    strict.close();

    expect(answer.status).toBe(422);
    expect(body).toEqual({
      categoria: "RICHIESTA",
      codice,
      descrizione: "Richiesta non valida",
      dettaglio: expect.any(String),
    });
  });
});

describe("cancelling", () => {
  test.each([
    ["NON_ESEGUITA", 200],
    ["ANNULLATA", 200],
    ["SCADUTA", 200],
    ["ESEGUITA", 400],
    ["ESEGUITA_PARZIALE", 400],
    ["INCASSATA", 400],
    ["ANOMALA", 400],
  ] as const)("from %s answers %d", async (stato, status) => {
    seeded(stato);

    const answer = await call("PATCH", "/pendenze/A/OLD", cancel);

    expect(answer.status).toBe(status);
    if (status === 400) expect(answer.body["codice"]).toBe("SINTASSI");
    expect((await call("GET", "/pendenze/A/OLD")).body["stato"]).toBe(
      status === 200 ? "ANNULLATA" : stato,
    );
  });

  test("can be taken back", async () => {
    seeded("ANNULLATA");

    await call("PATCH", "/pendenze/A/OLD", [
      { op: "REPLACE", path: "/stato", value: "NON_ESEGUITA" },
    ]);

    expect((await call("GET", "/pendenze/A/OLD")).body["stato"]).toBe("NON_ESEGUITA");
  });

  test("of what is not there is a 404, of a wrong form a 400", async () => {
    seeded("NON_ESEGUITA");

    expect((await call("PATCH", "/pendenze/A/NONE", cancel)).status).toBe(404);
    expect((await call("PATCH", "/pendenze/A/OLD", { stato: "ANNULLATA" })).status).toBe(400);
    const asJson = await call("PATCH", "/pendenze/A/OLD", cancel, {
      "content-type": "application/json",
    });
    expect(asJson.status).toBe(400);
    expect(govpay.report()).toMatchObject({ open: 1, cancelled: 0 });
  });
});

describe("looking up and letting in", () => {
  test("a notice code finds its pendenza within the creditor", async () => {
    seeded("NON_ESEGUITA");

    const found = await call("GET", "/pendenze/byAvviso/00000000191/307000000000099001");
    expect(found.body).toMatchObject({
      idA2A: "A",
      idPendenza: "OLD",
      iuvAvviso: "07000000000099001",
    });
    expect((await call("GET", "/pendenze/byAvviso/00000000192/307000000000099001")).status).toBe(
      404,
    );
  });

  test.each(["", "Basic", `Basic ${btoa("u:x")}`, `Basic ${btoa("x:p:w")}`, "Bearer abc"])(
    "%p is a 401",
    async (authorization) => {
      expect((await call("GET", "/pendenze/A/OLD", undefined, { authorization })).status).toBe(401);
    },
  );
});
