/** A fictional verbale with the fields that most models print. */
import { addDays } from "../../engine/host/clock.ts";
import type { Verbale } from "../../steps/schemas/verbale.ts";

/** The sample, as of a day `YYYY-MM-DD`; the person and the plate do not exist. */
export function buildSampleVerbale(day: string): Verbale {
  return {
    numero: "ANTEPRIMA-1",
    protocollo: "ANTEPRIMA-1",
    dataViolazione: addDays(day, -12),
    oraViolazione: "10:15",
    luogo: "Via dell'Esempio, altezza civico 12",
    targa: "ZZ000ZZ",
    articolo: "7, commi 1 e 15",
    descrizione:
      "Sostava negli spazi riservati alla fermata degli autobus, segnalati da cartello e striscia gialla. Il trasgressore non era presente.",
    agente: "matricola 1",
    casoArt201: "d",
    motivoMancataContestazione: "Il conducente non è tornato al veicolo durante l'accertamento.",
    puntiPatente: 2,
    veicolo: { tipo: "Autovettura", marca: "Marca", modello: "Modello", nazione: "Italia" },
    importoRidottoCents: 4_200,
    importoScontatoCents: 2_940,
    speseCents: 850,
    destinatario: {
      tipo: "PF",
      qualita: "proprietario",
      cognome: "Inventati",
      nome: "Tommaso",
      codiceFiscale: "NVNTMS66B24X001Q",
      indirizzo: {
        via: "Via delle Prove",
        civico: "7",
        cap: "24047",
        comune: "Treviglio",
        provincia: "BG",
      },
    },
  };
}
