/** The `flusso:` part of an ente file: how its software exports verbali. */
import { Type, type Static } from "typebox";
import type { FieldTable } from "./fields.ts";
import { ColumnRule, FieldName, SkipRule } from "./mapping/column-rule.ts";
import { SecretRef } from "../secret-ref.ts";
import { amountForms, dateForms, type AmountForm, type DateForm } from "./notation/notation.ts";

export const FlussoSettings = Type.Object(
  {
    columns: Type.Optional(
      Type.Record(Type.String(), Type.Union([FieldName, ColumnRule]), {
        description:
          "Colonna del file: campo del verbale (Numero verbale: numero), o come ricavarlo ({ to: destinatario.tipo, values: { F: PF } })",
      }),
    ),
    constants: Type.Optional(
      Type.Record(Type.String(), Type.String({ minLength: 1 }), {
        description:
          "Campi che il file non porta e che sono uguali per ogni verbale (agente: Polizia Locale)",
      }),
    ),
    deduce: Type.Optional(
      Type.Array(Type.Literal("destinatario.tipo"), {
        description:
          "Campi che si ricavano dagli altri dove il file non li dice: il tipo (PF o PG) da codice fiscale, partita IVA e nome",
      }),
    ),
    empty: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description: 'Testi che vogliono dire vuoto, in ogni colonna: ["N.D.", "-"]',
      }),
    ),
    skip: Type.Optional(
      Type.Array(SkipRule, {
        description: "Righe che non sono verbali: titoli ripetuti, totali, chiusure",
      }),
    ),
    ignore: Type.Optional(Type.Array(Type.String(), { description: "Colonne da non leggere" })),
    delimiter: Type.Union(
      [
        Type.Literal("auto"),
        Type.Literal(";"),
        Type.Literal(","),
        Type.Literal("|"),
        Type.Literal("tab"),
      ],
      { default: "auto", description: "Separatore" },
    ),
    encoding: Type.Union(
      [
        Type.Literal("auto"),
        Type.Literal("utf-8"),
        Type.Literal("utf-16"),
        Type.Literal("windows-1252"),
        Type.Literal("iso-8859-15"),
        Type.Literal("cp850"),
      ],
      { default: "auto", description: "Codifica; auto: la si riconosce dalle lettere accentate" },
    ),
    sheet: Type.Optional(
      Type.String({
        minLength: 1,
        description: "Nome del foglio da leggere, dove la cartella di lavoro ne ha più di uno",
      }),
    ),
    headerRow: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1000,
        description:
          "Riga del file in cui stanno i nomi delle colonne; se manca, la prima che li porta",
      }),
    ),
    skipRows: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 1000,
        description: "Righe da non leggere subito sotto i nomi delle colonne",
      }),
    ),
    hiddenRows: Type.Optional(
      Type.Union([Type.Literal("reject"), Type.Literal("read")], {
        description:
          "Righe nascoste da un filtro del foglio. reject: si scartano; read: si leggono; se manca, si leggono e si avvisa",
      }),
    ),
    sameNumber: Type.Optional(
      Type.Union([Type.Literal("refuse"), Type.Literal("recipients")], {
        description:
          "Più righe con lo stesso numero. refuse: sono un difetto; recipients: sono i destinatari di uno stesso atto, uno per riga (fino a 15), e il resto dev'essere uguale; se manca, refuse",
      }),
    ),
    ready: Type.Optional(
      Type.String({
        pattern: "^\\.[A-Za-z0-9_-]{1,12}$",
        remedy: "scrivi la sola estensione, per esempio .ok",
        description:
          "Estensione del file compagno che dice che il flusso è completo (.ok); può contenere il numero dei verbali",
      }),
    ),
    database: Type.Optional(
      Type.Object(
        {
          url: SecretRef,
          query: Type.String({
            pattern: "^\\s*([Ss][Ee][Ll][Ee][Cc][Tt]|[Ww][Ii][Tt][Hh])\\b",
            remedy: "una sola SELECT, che legge soltanto",
            description:
              "La query: una riga per verbale, con le colonne di «columns»; un valore di «values» si scrive :nome",
          }),
        },
        {
          additionalProperties: false,
          description:
            "Base dati del gestionale, per load-verbali con from: sql; il segreto è l'indirizzo con utente e password (postgres://, mysql://, sqlite://). Si legge soltanto",
        },
      ),
    ),
    dates: Type.Unsafe<DateForm>(
      Type.Union(
        dateForms.map((form) => Type.Literal(form)),
        {
          default: "AAAA-MM-GG",
          description:
            "Come sono scritte le date: G il giorno, M il mese, A l'anno; MMM il mese in lettere, HH:MM un orario che non si legge; seriale: il numero dei giorni di un foglio di calcolo",
        },
      ),
    ),
    amounts: Type.Unsafe<AmountForm>(
      Type.Union(
        amountForms.map((form) => Type.Literal(form)),
        {
          default: "cents",
          description:
            "Come sono scritti gli importi; 1.234,5: i decimali possono mancare; thousandths: millesimi di euro",
        },
      ),
    ),
  },
  { title: "File del gestionale", additionalProperties: false },
);
export type FlussoSettings = Static<typeof FlussoSettings> & {
  /** What the rows hold; absent: verbali of the Codice della Strada. No file says it: the kind of act of a pipeline does. */
  readonly table?: FieldTable;
};
