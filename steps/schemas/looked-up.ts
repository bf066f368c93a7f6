/** The fields of the steps that ask registers of the State; titles are what operators read. */
import { Type, type Static } from "typebox";
import { Indirizzo } from "./verbale.ts";

/** Added by look-up-residence: what ANPR said of each person among the recipients. */
export const ResidenceCheck = Type.Object(
  {
    people: Type.Array(
      Type.Object({
        /** 0: the first. */
        recipient: Type.Integer({ title: "Destinatario (da 0)", minimum: 0 }),
        outcome: Type.Union(
          [
            Type.Literal("same", { title: "residenza confermata" }),
            Type.Literal("moved", { title: "residenza diversa, tenuto l'indirizzo del flusso" }),
            Type.Literal("taken", { title: "indirizzo preso da ANPR" }),
            Type.Literal("confirmed", { title: "indirizzo confermato da una persona" }),
            Type.Literal("unknown", { title: "non trovato in ANPR" }),
            Type.Literal("abroad", { title: "residente all'estero (AIRE)" }),
            Type.Literal("no-address", { title: "ANPR non dà un indirizzo" }),
            Type.Literal("not-asked", { title: "non chiesto: è una prova" }),
          ],
          { title: "Esito" },
        ),
        /** `YYYY-MM-DD`; absent: nobody was asked. */
        askedOn: Type.Optional(Type.String({ title: "Chiesto ad ANPR il" })),
        /** The address of ANPR where it is taken; absent: that of the flusso stands. */
        address: Type.Optional(Indirizzo),
      }),
      { title: "Persone" },
    ),
  },
  { title: "Residenza" },
);
export type ResidenceCheck = Static<typeof ResidenceCheck>;
export const ResidenceField = Type.Object({ residence: ResidenceCheck });

/** Added by look-up-domicile: who has a digital domicile in INAD. */
export const DomicileCheck = Type.Object(
  {
    people: Type.Array(
      Type.Object({
        /** 0: the first. */
        recipient: Type.Integer({ title: "Destinatario (da 0)", minimum: 0 }),
        outcome: Type.Union(
          [
            Type.Literal("found", { title: "ha un domicilio digitale" }),
            Type.Literal("none", { title: "nessun domicilio digitale" }),
            Type.Literal("not-asked", { title: "non chiesto" }),
          ],
          { title: "Esito" },
        ),
        /** `YYYY-MM-DD`; absent: nobody was asked. */
        askedOn: Type.Optional(Type.String({ title: "Chiesto a INAD il" })),
        address: Type.Optional(Type.String({ title: "Domicilio digitale" })),
      }),
      { title: "Persone" },
    ),
  },
  { title: "Domicilio digitale" },
);
export type DomicileCheck = Static<typeof DomicileCheck>;
export const DomicileField = Type.Object({ domicile: DomicileCheck });
