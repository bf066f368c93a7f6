/** Each state that an old position can be in, on GPD and on GovPay: what becomes of the verbale, what the operator reads, which calls are made. */
import { afterAll, describe, expect, test } from "bun:test";
import { ItemRejected } from "../../../../engine/host/errors.ts";
import type { GovPayStatus } from "../../../../integrations/payments/govpay/wire.ts";
import type { GpdStatus } from "../../../../integrations/payments/gpd/wire.ts";
import type { PaymentsPort, ResetOrder } from "../../../../integrations/payments/port.ts";
import { type Line, makeGovPayWorld, makeGpdWorld, orderFor } from "./payments-world.ts";

const org = "00000000191";

interface Row {
  /** As the payment system calls it; `absent`: it knows none of that name. */
  readonly state: string;
  /** `done`, or the code of the refusal. */
  readonly outcome: string;
  /** What the old position is afterwards. */
  readonly after: string;
  /** Written so: `GET old`, `POST new`. */
  readonly calls: string;
  /** Part of what the operator reads. */
  readonly note?: string;
}

const untouched = "Nessuna posizione è stata annullata e nessuna nuova è rimasta aperta.";

const gpd: readonly Row[] = [
  {
    state: "absent",
    outcome: "done",
    after: "absent",
    calls: "GET old, POST /, GET old, POST new/publish",
  },
  {
    state: "DRAFT",
    outcome: "done",
    after: "absent",
    calls: "GET old, POST /, DELETE old, GET old, POST new/publish",
  },
  {
    state: "PUBLISHED",
    outcome: "done",
    after: "INVALID",
    calls: "GET old, POST /, POST old/invalidate, GET old, POST new/publish",
  },
  {
    state: "VALID",
    outcome: "done",
    after: "INVALID",
    calls: "GET old, POST /, POST old/invalidate, GET old, POST new/publish",
  },
  {
    state: "INVALID",
    outcome: "done",
    after: "INVALID",
    calls: "GET old, POST /, GET old, POST new/publish",
  },
  {
    state: "EXPIRED",
    outcome: "done",
    after: "EXPIRED",
    calls: "GET old, POST /, GET old, POST new/publish",
  },
  {
    state: "PARTIALLY_PAID",
    outcome: "PARTIALLY_PAID",
    after: "PARTIALLY_PAID",
    calls: "GET old, GET new",
    note: "pagata in parte",
  },
  {
    state: "PAID",
    outcome: "ALREADY_PAID",
    after: "PAID",
    calls: "GET old, GET new",
    note: "già pagata",
  },
  {
    state: "REPORTED",
    outcome: "ALREADY_PAID",
    after: "REPORTED",
    calls: "GET old, GET new",
    note: "già pagata",
  },
  {
    state: "VALID with SEND's fee",
    outcome: "ALREADY_NOTIFIED",
    after: "VALID",
    calls: "GET old, GET new",
    note: "SEND ha già messo le spese di notifica",
  },
];

const govpay: readonly Row[] = [
  {
    state: "absent",
    outcome: "done",
    after: "absent",
    calls: "GET old, GET new-S, GET new-R, GET old, PUT new-S, PUT new-R",
  },
  {
    state: "NON_ESEGUITA",
    outcome: "done",
    after: "ANNULLATA",
    calls: "GET old, GET new-S, GET new-R, PATCH old, GET old, PUT new-S, PUT new-R",
  },
  {
    state: "ANNULLATA",
    outcome: "done",
    after: "ANNULLATA",
    calls: "GET old, GET new-S, GET new-R, GET old, PUT new-S, PUT new-R",
  },
  {
    state: "SCADUTA",
    outcome: "done",
    after: "SCADUTA",
    calls: "GET old, GET new-S, GET new-R, GET old, PUT new-S, PUT new-R",
  },
  {
    state: "ESEGUITA_PARZIALE",
    outcome: "PARTIALLY_PAID",
    after: "ESEGUITA_PARZIALE",
    calls: "GET old, GET new-S, GET new-R",
    note: "pagata in parte",
  },
  {
    state: "ESEGUITA",
    outcome: "ALREADY_PAID",
    after: "ESEGUITA",
    calls: "GET old, GET new-S, GET new-R",
    note: "già pagata",
  },
  {
    state: "INCASSATA",
    outcome: "ALREADY_PAID",
    after: "INCASSATA",
    calls: "GET old, GET new-S, GET new-R",
    note: "già pagata",
  },
  {
    state: "ANOMALA",
    outcome: "POSITION_UNCLEAR",
    after: "ANOMALA",
    calls: "GET old, GET new-S, GET new-R",
    note: "stato anomalo",
  },
];

/** `GET /OLD` -> `GET old`; the new position is known by its generation. */
function spoken(line: Line): string {
  return line
    .heard()
    .map((call) =>
      call
        .replace("/POSTINO/", "/")
        .replace(/\/OLD/, "old")
        .replace(/\/[^/ ]*-g1(?=-[SR]|\/|$)/, "new"),
    )
    .join(", ");
}

async function outcomeOf(payments: PaymentsPort, order: ResetOrder) {
  try {
    const { options } = await payments.reset(order);
    return { outcome: "done", note: `${options.length} codici` };
  } catch (error) {
    if (!(error instanceof ItemRejected)) throw error;
    return { outcome: error.code, note: error.message };
  }
}

const printed: string[] = [];
afterAll(() => {
  console.log(["old position: outcome, afterwards, calls", ...printed].join("\n"));
});

function print(service: string, { state, outcome, after, calls }: Row): void {
  printed.push(
    `${service.padEnd(6)} ${state.padEnd(22)} ${outcome.padEnd(17)} ${after.padEnd(18)} ${calls}`,
  );
}

describe("on GPD", () => {
  test.each(gpd)("$state: $outcome", async (row) => {
    const { line, payments, simulator } = makeGpdWorld();
    const [status] = row.state.split(" ");
    const notificationFeeCents = row.state.includes("fee") ? 200 : 0;
    if (row.state !== "absent")
      simulator.seed([
        {
          organization: org,
          iupd: "OLD",
          status: status as GpdStatus,
          options: [{ iuv: "07000000000099001", amountCents: 5000, notificationFeeCents }],
        },
      ]);

    const { outcome, note } = await outcomeOf(
      payments,
      orderFor("V-1", { old: [{ iupd: "OLD" }] }),
    );
    const { positions, open } = simulator.report();
    const after = positions.find(({ iupd }) => iupd === "OLD")?.status ?? "absent";
    simulator.close();

    print("GPD", row);
    expect({ outcome, after, calls: spoken(line) }).toEqual({
      outcome: row.outcome,
      after: row.after,
      calls: row.calls,
    });
    expect(open).toBe(row.outcome === "done" || row.outcome === "ALREADY_NOTIFIED" ? 1 : 0);
    if (row.note !== undefined) expect(note).toContain(row.note);
    if (row.note !== undefined) expect(note).toContain(untouched);
  });
});

describe("on GovPay", () => {
  test.each(govpay)("$state: $outcome", async (row) => {
    const { line, payments, simulator } = makeGovPayWorld();
    if (row.state !== "absent")
      simulator.seed([
        {
          idDominio: org,
          idA2A: "POSTINO",
          idPendenza: "OLD",
          stato: row.state as GovPayStatus,
          numeroAvviso: "307000000000099001",
          importoCents: 5000,
        },
      ]);

    const { outcome, note } = await outcomeOf(
      payments,
      orderFor("V-1", { old: [{ idPendenza: "OLD" }] }),
    );
    const { pendenze, open } = simulator.report();
    const after = pendenze.find(({ idPendenza }) => idPendenza === "OLD")?.stato ?? "absent";
    simulator.close();

    print("GovPay", row);
    expect({ outcome, after, calls: spoken(line) }).toEqual({
      outcome: row.outcome,
      after: row.after,
      calls: row.calls,
    });
    expect(open).toBe(row.outcome === "done" ? 2 : 0);
    if (row.note !== undefined) expect(note).toContain(row.note);
    if (row.note !== undefined) expect(note).toContain(untouched);
  });
});
