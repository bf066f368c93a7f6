/** The `flusso:` part of an ente file: how its software exports verbali. */
import { Type, type Static } from "typebox";

export const FlussoSettings = Type.Object(
  {
    columns: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description: "Colonna del file: campo del verbale (Numero verbale: numero)",
      }),
    ),
    ignore: Type.Optional(Type.Array(Type.String(), { description: "Colonne da non leggere" })),
    delimiter: Type.Union(
      [Type.Literal("auto"), Type.Literal(";"), Type.Literal(","), Type.Literal("tab")],
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
    ready: Type.Optional(
      Type.String({
        pattern: "^\\.[A-Za-z0-9_-]{1,12}$",
        remedy: "scrivi la sola estensione, per esempio .ok",
        description:
          "Estensione del file compagno che dice che il flusso è completo (.ok); può contenere il numero dei verbali",
      }),
    ),
    dates: Type.Union([Type.Literal("GG/MM/AAAA"), Type.Literal("AAAA-MM-GG")], {
      default: "AAAA-MM-GG",
      description: "Come sono scritte le date",
    }),
    amounts: Type.Union(
      [Type.Literal("cents"), Type.Literal("1.234,56"), Type.Literal("1,234.56")],
      { default: "cents", description: "Come sono scritti gli importi" },
    ),
  },
  { additionalProperties: false },
);
export type FlussoSettings = Static<typeof FlussoSettings>;
