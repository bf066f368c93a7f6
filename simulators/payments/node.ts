/** The Node as a payer and an office meet it: verification, payment, and what no counter can prevent, as routes. */
import { Hono, type Context } from "hono";
import { Type, type Static } from "typebox";
import { Value } from "typebox/value";
import type { Arrived, Offered, Paid, PaymentCounter, PaymentOffer } from "./payer.ts";

/** What a receipt says; what it leaves out is as it was when the payment began, else as the position stands. */
const ArrivalBody = Type.Object(
  {
    amountCents: Type.Optional(Type.Integer({ minimum: 1 })),
    notificationFeeCents: Type.Optional(Type.Integer({ minimum: 0 })),
    paidAt: Type.Optional(Type.String({ pattern: "^\\d{4}-\\d{2}-\\d{2}T[\\d:.]+Z$" })),
  },
  { additionalProperties: false },
);
type ArrivalBody = Static<typeof ArrivalBody>;

/**
 * `/{creditor}/{notice}`: GET asks what it costs now, POST pays it. `…/begin`: the payer goes on to pay that amount, and its receipt
 * comes later. `…/receipt`: one comes in, begun before the position changed, or by a channel that asks nobody. 409 with the Node's
 * fault where the payment system takes no payment or keeps no receipt.
 */
export function createNodeRoutes(counters: readonly PaymentCounter[]): Hono {
  const app = new Hono();
  /** What payers were asked for who have not paid yet: the Node's own memory. */
  const begun = new Map<string, PaymentOffer>();
  const ask = async <Answer extends Offered | Paid | Arrived>(
    c: Context,
    act: (counter: PaymentCounter, creditor: string, notice: string) => Promise<Answer>,
  ): Promise<Answer | { readonly fault: "PAA_PAGAMENTO_SCONOSCIUTO" }> => {
    const { creditor = "", notice = "" } = c.req.param() as Record<string, string>;
    for (const counter of counters) {
      const answer = await act(counter, creditor, notice);
      if (!("fault" in answer) || answer.fault !== "PAA_PAGAMENTO_SCONOSCIUTO") return answer;
    }
    return { fault: "PAA_PAGAMENTO_SCONOSCIUTO" };
  };
  const answerWith = (c: Context, told: Offered | Paid | Arrived): Response =>
    c.json(told, "fault" in told ? 409 : 200);
  app.get("/:creditor/:notice", async (c) =>
    answerWith(c, await ask(c, (counter, ...names) => counter.verify(...names))),
  );
  app.post("/:creditor/:notice", async (c) =>
    answerWith(c, await ask(c, (counter, ...names) => counter.pay(...names))),
  );
  app.post("/:creditor/:notice/begin", async (c) => {
    const offered = await ask(c, (counter, ...names) => counter.begin(...names));
    if (!("fault" in offered)) begun.set(c.req.path.replace(/\/begin$/, ""), offered);
    return answerWith(c, offered);
  });
  app.post("/:creditor/:notice/receipt", async (c) => {
    const body = await readBody(c);
    if (body === null) return c.json({ message: "not a receipt" }, 400);
    const path = c.req.path.replace(/\/receipt$/, "");
    const arrival = { ...begun.get(path), ...body };
    begun.delete(path);
    return answerWith(c, await ask(c, (counter, ...names) => counter.receive(...names, arrival)));
  });
  return app;
}

/** `null`: it says something else; nothing at all says nothing. */
async function readBody(c: Context): Promise<ArrivalBody | null> {
  const text = await c.req.text();
  if (text === "") return {};
  try {
    const body: unknown = JSON.parse(text);
    return Value.Check(ArrivalBody, body) ? body : null;
  } catch {
    return null;
  }
}
