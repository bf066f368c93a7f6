/** The price service in the OpenAPI document: what a partner must call. */

const text = { type: "string" };
const cents = { type: "integer", minimum: 0, description: "Centesimi" };
const instant = { type: "string", format: "date-time" };
const defineParameter = (name: string) => ({
  name,
  in: "path",
  required: true,
  schema: { type: "string", pattern: name === "paTaxId" ? "^[0-9]{11}$" : "^[0-9]{18}$" },
});

/** `/prezzo/{paTaxId}/{noticeCode}`. */
export function buildPricePaths(): Readonly<Record<string, unknown>> {
  return {
    "/prezzo/{paTaxId}/{noticeCode}": {
      get: {
        tags: ["Prezzi"],
        summary: "Le spese di notifica da aggiungere a un avviso, chieste al pagamento",
        description:
          "Risponde entro 2 secondi. Si aggiunge soltanto totalCents; le parti non vanno sommate.",
        security: [{ priceKey: [] }, { priceBearer: [] }],
        parameters: [defineParameter("paTaxId"), defineParameter("noticeCode")],
        responses: {
          "200": buildAnswer("Il prezzo", buildPrice()),
          "400": buildAnswer("Il codice avviso non ha 18 cifre", fault),
          "401": buildAnswer("Chiave mancante o di un altro ente", fault),
          "404": buildAnswer("Nessuna notifica accettata: nulla da aggiungere", fault),
          "409": buildAnswer("Notifica annullata: chiedere all'ente", fault),
          "429": buildAnswer("Troppe richieste: vale Retry-After", fault),
          "503": buildAnswer("Il prezzo non è noto adesso: non incassare un importo minore", fault),
        },
      },
    },
  };
}

/** How a partner shows its key. */
export const priceKeys = {
  priceKey: { type: "apiKey", in: "header", name: "x-api-key" },
  priceBearer: { type: "http", scheme: "bearer" },
} as const;

/** An error of the price service. */
export const priceFault = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["code", "message"],
      properties: { code: text, message: text },
    },
    asOf: instant,
  },
};

const fault = { $ref: "#/components/schemas/PriceFault" };

function buildAnswer(description: string, schema: object): object {
  return { description, content: { "application/json": { schema } } };
}

function buildPrice(): object {
  const properties = {
    paTaxId: text,
    noticeCode: text,
    iun: { ...text, description: "La notifica che porta l'avviso" },
    totalCents: { ...cents, description: "Da aggiungere all'importo dell'avviso, in centesimi" },
    parts: {
      type: "object",
      required: ["sendFeeCents", "paFeeCents", "analogCents", "vat"],
      properties: {
        sendFeeCents: cents,
        paFeeCents: cents,
        analogCents: { ...cents, description: "Lettere finora, senza IVA" },
        vat: { type: "integer", description: "Aliquota in percento, sulle lettere" },
      },
    },
    asOf: { ...instant, description: "Quando SEND lo ha detto" },
    isFresh: { type: "boolean", description: "false: SEND non risponde, è l'ultimo prezzo noto" },
    isFinal: { type: "boolean", description: "true: non partiranno altre lettere" },
  };
  return { type: "object", required: Object.keys(properties), properties };
}
