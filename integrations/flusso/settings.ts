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
    delimiter: Type.Union([Type.Literal("auto"), Type.Literal(";"), Type.Literal(",")], {
      default: "auto",
      description: "Separatore",
    }),
    encoding: Type.Union(
      [Type.Literal("auto"), Type.Literal("utf-8"), Type.Literal("windows-1252")],
      { default: "auto", description: "Codifica" },
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
