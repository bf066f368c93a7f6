/** Gives each verbale its protocol number, once and never twice without a word; where an ente wants one, before transmit. */
import { Type } from "typebox";
import type { EffectContext } from "../engine/step/context.ts";
import type { Item } from "../engine/step/item.ts";
import { parseProtocolNumber, type ProtocolEntry } from "../integrations/protocollo/port.ts";
import { effectStep, type Services } from "../integrations/services.ts";
import {
  type DocumentFile,
  type Protocolled,
  ProtocolledField,
  SignedDocumentsField,
  type Validation,
  ValidationField,
  VerbaleField,
} from "./schemas/fields.ts";
import { readDocument } from "./schemas/lost-document.ts";
import type { Verbale } from "./schemas/verbale.ts";

interface Data {
  readonly verbale: Verbale;
  readonly validation: Validation;
  readonly signedDocuments?: readonly DocumentFile[];
}

type Context = EffectContext<
  { readonly document: "signed" | "summary" },
  Pick<Services, "protocollo" | "register">
>;
type Added = { protocolled: Protocolled };

export default effectStep({
  title: "Numero di protocollo",
  summary: "Chiede il numero di protocollo del verbale, una volta sola; non lo stampa",
  effect: "once",
  needs: ["protocollo", "register"],
  config: Type.Object(
    {
      document: Type.Union([Type.Literal("signed"), Type.Literal("summary")], {
        default: "signed",
        description:
          "signed: si protocolla il verbale firmato (il passo viene dopo sign); summary: una scheda di testo con gli estremi, perché il numero sia stampato da render con {registrazione}",
      }),
    },
    { additionalProperties: false },
  ),
  reads: Type.Object({
    ...VerbaleField.properties,
    ...ValidationField.properties,
    signedDocuments: Type.Optional(SignedDocumentsField.properties.signedDocuments),
  }),
  adds: ProtocolledField,
  evidence: "Numero di protocollo, se è stato dato (123/2026)",
  note: ({ protocolled: { number, earlier = [] } }) =>
    earlier.length === 0
      ? `Protocollo ${number}.`
      : `Protocollo ${number}; prima aveva ${earlier.join(", ")}: annotarlo nel protocollo.`,
  examples: ["{}", "document: summary\n"],
  inspect: ({ document }, { uses, settings }) =>
    Promise.resolve([
      ...(document === "signed" && !uses.slice(0, uses.indexOf("protocol")).includes("sign")
        ? [
            {
              within: "with" as const,
              path: [],
              message: "protocol non viene dopo sign: non c'è ancora un verbale firmato.",
              remedy: "metti il passo dopo sign, oppure scrivi document: summary",
            },
          ]
        : []),
      ...(settings !== null && settings["protocollo"] === undefined
        ? [
            {
              within: "ente" as const,
              path: ["ente"],
              isAboutKey: true,
              message: "Il passo protocol non sa a chi chiedere il numero: manca protocollo:.",
              remedy:
                "aggiungi la sezione protocollo, con docarea, oppure «protocollo: {}» per i file",
            },
          ]
        : []),
    ]),
  async run(item, ctx): Promise<Added> {
    const own = item.data.verbale.protocollo?.trim() ?? "";
    // Registered already by who made the flusso: a second number would be of nobody.
    if (own !== "") return { protocolled: { number: own, source: "flusso" } };
    const { protocollo, register } = ctx.services;
    const key = ctx.idempotencyKey(item);
    const given = await protocollo.give(
      await buildEntry(item, ctx),
      async () => {
        await register.write([
          {
            kind: "protocolIntent",
            key,
            subject: item.data.verbale.numero,
            data: { runId: ctx.runId, round: item.round },
          },
        ]);
      },
      ctx.signal,
    );
    return addEarlier({ ...given, source: protocollo.by }, item, ctx);
  },
  async reconcile(item, ctx) {
    const { protocollo, register } = ctx.services;
    const key = ctx.idempotencyKey(item);
    // Before the one call that gives a number, none was given.
    if (protocollo.by === "docarea" && (await register.read("protocolIntent", key)) === null)
      return { status: "not-done" };
    const found = await protocollo.find(key);
    if (found === "repeat") return { status: "not-done" };
    if (found !== "unknown")
      return { status: "done", fields: addEarlier({ ...found, source: protocollo.by }, item, ctx) };
    const { evidence } = ctx;
    const number = evidence === undefined ? null : parseProtocolNumber(evidence);
    if (number !== null)
      return { status: "done", fields: addEarlier({ number, source: "person" }, item, ctx) };
    return {
      status: "unknown",
      reason:
        evidence === undefined
          ? "Non si sa se il protocollo ha dato un numero: cercare il verbale nel programma di protocollo e scriverlo qui, oppure dire che non è avvenuto."
          : "Il numero di protocollo si scrive con l'anno: 123/2026.",
    };
  },
});

function addEarlier(protocolled: Protocolled, item: Item<unknown>, ctx: Context): Added {
  const earlier = ctx
    .earlier(item)
    .filter(({ round }) => round < item.round)
    .flatMap(({ fields }) => {
      const { number } = (fields as Partial<Added>).protocolled ?? {};
      return number === undefined || number === protocolled.number ? [] : [number];
    });
  return {
    protocolled: earlier.length === 0 ? protocolled : { ...protocolled, earlier },
  };
}

async function buildEntry(item: Item<Data>, ctx: Context): Promise<ProtocolEntry> {
  const { verbale, validation, signedDocuments = [] } = item.data;
  const { destinatario } = verbale;
  const reference = ctx.idempotencyKey(item);
  const { taxId, denomination } = validation;
  const { cognome = "", nome = "" } = destinatario;
  const isPerson = destinatario.tipo === "PF" && cognome !== "" && nome !== "";
  const addressee = isPerson
    ? { name: nome, surname: cognome, taxId }
    : { name: denomination, taxId };
  const entry = { reference, numero: verbale.numero, addressee };
  const signed = signedDocuments.find(({ role }) => role === "verbale");
  if (ctx.config.document === "signed" && signed !== undefined)
    return {
      ...entry,
      file: {
        name: signed.name,
        contentType: "application/pdf",
        bytes: await readDocument(ctx.artifacts, signed),
      },
    };
  return {
    ...entry,
    file: {
      name: "scheda.txt",
      contentType: "text/plain",
      bytes: new TextEncoder().encode(writeSummary(verbale)),
    },
  };
}

/** What is registered where the act is not made yet. */
function writeSummary({ numero, dataViolazione, luogo, targa, articolo }: Verbale): string {
  return [
    `Verbale n. ${numero}`,
    `Violazione del ${dataViolazione}, ${luogo}`,
    `Veicolo ${targa}, articolo ${articolo}`,
    "",
  ].join("\n");
}
