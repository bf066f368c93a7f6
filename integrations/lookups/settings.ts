/** The `consultazioni:` part of an ente file: which registers are asked before anything is sent, and how. */
import { Type, type Static } from "typebox";
import { pdndClientFields } from "../pdnd.ts";

const closed = { additionalProperties: false } as const;

const purpose = Type.String({
  minLength: 1,
  description: "Finalità approvata su PDND per questo e-service (purposeId)",
});
const audience = Type.Optional(
  Type.String({
    minLength: 1,
    description:
      "Audience delle firme, se l'e-service ne vuole un'altra da quella che Postino ricava",
  }),
);
const definePerDay = (otherwise?: number) => ({
  perDay: otherwise === undefined ? Type.Optional(countPerDay()) : countPerDay(otherwise),
});

function countPerDay(otherwise?: number) {
  return Type.Integer({
    minimum: 1,
    ...(otherwise !== undefined && { default: otherwise }),
    description:
      "Richieste al giorno, come nella stima di carico della finalità; raggiunte, i verbali attendono il giorno dopo",
  });
}

/** The client of PDND that asks, and what it says of itself in the traces (AUDIT_REST_02). */
export const LookupPdnd = Type.Object(
  {
    ...pdndClientFields,
    // Source: AUDIT_REST_02; which words a provider expects is agreed with him.
    userLocation: Type.String({
      minLength: 1,
      default: "postino",
      description: "Postazione da cui si consulta, come si dichiara a chi eroga il servizio",
    }),
    // Source: memory: no list of levels was read; to be agreed with the provider.
    loa: Type.String({
      minLength: 1,
      default: "LOA2",
      description: "Livello di garanzia dell'accesso degli utenti (LoA), da concordare",
    }),
  },
  { ...closed, description: "Client PDND con cui si consulta" },
);

const path = (otherwise: string) =>
  Type.String({
    minLength: 1,
    default: otherwise,
    description: "Nome e versione dell'e-service nell'indirizzo, come nel catalogo PDND",
  });

export const AnprSettings = Type.Object(
  {
    baseUrl: Type.String({
      pattern: "^https?://",
      default: "https://modipa.anpr.interno.it/govway/rest/in/MinInternoPortaANPR-PDND",
      description:
        "Indirizzo degli e-service di ANPR; collaudo: https://modipa-val.anpr.interno.it/govway/rest/in/MinInternoPortaANPR-PDND",
    }),
    // Source: quotas of a municipality's consumer, catalogue of June 2026.
    identity: Type.Object(
      {
        purposeId: purpose,
        path: path("C030-servizioAccertamentoIdUnicoNazionale/v1"),
        audience,
        ...definePerDay(5000),
      },
      { ...closed, description: "C030: dal codice fiscale all'identificativo unico (idANPR)" },
    ),
    residence: Type.Object(
      {
        service: Type.Union([Type.Literal("C020"), Type.Literal("C001")], {
          default: "C020",
          description:
            "C020: residenza ed eventuale data del decesso; C001: servizio per le notifiche, che può non dire il decesso",
        }),
        purposeId: purpose,
        path: Type.Optional(
          Type.String({
            minLength: 1,
            description:
              "Nome e versione dell'e-service nell'indirizzo; se manca, C020-servizioAccertamentoResidenza/v1 o C001-servizioNotifica/v1",
          }),
        ),
        audience,
        ...definePerDay(),
      },
      { ...closed, description: "Dove vive: C020 oppure C001" },
    ),
    // Source: seen live by a municipality; the list of codes stands behind the catalogue.
    notFound: Type.Array(Type.String({ minLength: 1 }), {
      default: ["EN122"],
      description: "Codici di errore di ANPR che vogliono dire «persona non trovata»",
    }),
    requestsPerSecond: Type.Number({
      minimum: 0.1,
      default: 5,
      description: "Chiamate al secondo",
    }),
  },
  { ...closed, description: "Anagrafe nazionale (ANPR), tramite PDND" },
);
export type AnprSettings = Static<typeof AnprSettings>;

export const InadSettings = Type.Object(
  {
    // Source: AgID, INAD_API_Extraction.
    baseUrl: Type.String({
      pattern: "^https?://",
      default: "https://domiciliodigitaleapi.oscl.infocamere.it/rest/inad/v1/domiciliodigitale",
      description: "Indirizzo di INAD, come nel catalogo PDND: collaudo e produzione sono diversi",
    }),
    purposeId: purpose,
    ...definePerDay(),
    requestsPerSecond: Type.Number({
      minimum: 0.1,
      default: 5,
      description: "Chiamate al secondo",
    }),
  },
  { ...closed, description: "Indice dei domicili digitali (INAD), tramite PDND" },
);
export type InadSettings = Static<typeof InadSettings>;

export const LookupSettings = Type.Object(
  {
    pdnd: Type.Optional(LookupPdnd),
    days: Type.Integer({
      minimum: 1,
      maximum: 365,
      default: 30,
      description:
        "Per quanti giorni vale una risposta: fino ad allora la stessa persona non si chiede di nuovo",
    }),
    anpr: Type.Optional(AnprSettings),
    inad: Type.Optional(InadSettings),
  },
  { ...closed, title: "Consultazioni" },
);
export type LookupSettings = Static<typeof LookupSettings>;
