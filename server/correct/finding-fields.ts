/** Beside which fields of the form a finding of the checks stands, by what the finding is about. */

const address = "destinatario.indirizzo";
const town = [`${address}.cap`, `${address}.comune`, `${address}.provincia`];

/** By the head of the finding; what is not here is told above the form. */
const fieldsByHead: Readonly<Record<string, readonly string[]>> = {
  "Codice fiscale": ["destinatario.codiceFiscale"],
  "Partita IVA": ["destinatario.partitaIva"],
  "Codice fiscale o partita IVA": ["destinatario.codiceFiscale", "destinatario.partitaIva"],
  Cognome: ["destinatario.cognome"],
  Nome: ["destinatario.nome"],
  "Cognome e nome": ["destinatario.cognome", "destinatario.nome"],
  Denominazione: ["destinatario.denominazione"],
  Destinatario: ["destinatario.cognome", "destinatario.nome", "destinatario.denominazione"],
  PEC: ["destinatario.pec"],
  Via: [`${address}.via`],
  Civico: [`${address}.civico`],
  Presso: [`${address}.presso`],
  Dettagli: [`${address}.dettagli`],
  "Dettagli dell'indirizzo": [`${address}.dettagli`],
  "Dettagli e frazione": [`${address}.dettagli`, `${address}.frazione`],
  Frazione: [`${address}.frazione`],
  CAP: [`${address}.cap`],
  "CAP e provincia": [`${address}.cap`, `${address}.provincia`],
  "CAP, comune e provincia": town,
  Comune: [`${address}.comune`],
  Provincia: [`${address}.provincia`],
  "Stato estero": [`${address}.stato`],
  "Data della violazione": ["dataViolazione"],
  "Luogo della violazione": ["luogo"],
  Targa: ["targa"],
  "Articolo violato": ["articolo"],
  Descrizione: ["descrizione"],
  "Agente accertatore": ["agente"],
  Protocollo: ["protocollo"],
  Ora: ["oraViolazione"],
  "Importo ridotto": ["importoRidottoCents"],
  "Importo scontato": ["importoScontatoCents"],
  Importi: ["importoRidottoCents", "importoScontatoCents", "speseCents"],
  Spese: ["speseCents"],
  "Punti della patente": ["puntiPatente"],
  "Caso dell'art. 201, comma 1-bis": ["casoArt201"],
  "Motivo della mancata contestazione": ["motivoMancataContestazione"],
  "Nuova notifica": ["rinotifica.causa"],
};

export function findFields(head: string): readonly string[] {
  return fieldsByHead[head] ?? [];
}
