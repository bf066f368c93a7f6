/** Messages as the pages show them: sent, waiting for a mail server, given up, and of two enti. */
import type { ShownMessage } from "../../server/history/alerts.ts";

const at = "2026-11-23T08:00:00.000Z";

export const sampleAlerts: readonly ShownMessage[] = [
  {
    channel: "mail",
    to: "ced@comune.example",
    kind: "stopped",
    madeAt: at,
    sentAt: "2026-11-23T08:01:00.000Z",
    tries: 1,
    fault: null,
    isWaiting: false,
    lines: [
      {
        ente: "roccaserena",
        what: "Il flusso 20261123-0001 è fermo: SEND non risponde.",
        notDone: "118 verbali su 120 non sono arrivati in fondo (nessuno è stato inviato).",
        path: "/flussi/20261123-0001",
      },
      {
        ente: "montefosco",
        what: "Il flusso 20261123-0009 è fermo: SEND non risponde.",
        notDone: "Nessun verbale è stato letto: il flusso non è cominciato.",
        path: "/flussi/20261123-0009",
      },
    ],
  },
  {
    channel: "webhook",
    to: "roccaserena",
    kind: "person",
    madeAt: at,
    sentAt: null,
    tries: 0,
    fault: null,
    isWaiting: true,
    lines: [
      {
        ente: "roccaserena",
        what: "Il flusso 20261123-0001 aspetta un codice OTP entro il 24/11/2026 09:00.",
        notDone: null,
        path: "/flussi/20261123-0001",
      },
    ],
  },
  {
    channel: "mail",
    to: "ced@comune.example",
    kind: "disk",
    madeAt: at,
    sentAt: null,
    tries: 3,
    fault: "Il server di posta rifiuta utente o password.",
    isWaiting: true,
    lines: [
      {
        ente: null,
        what: "Nella cartella dei dati restano 1,2 GB liberi.",
        notDone: "Un flusso per cui non c'è posto non comincia.",
        path: "/",
      },
    ],
  },
];
