/** The file of `postino simulate --settings`: more keys, and what differs between SEND's environments; every field explains itself. */
import { Type, type Static } from "typebox";
import { Duration } from "../loader/yaml/duration.ts";
import {
  testEnvironment,
  type Environment,
  type SimulatedKey,
} from "../simulators/send/options.ts";

import { type CallLimit, gpdLimit } from "../simulators/payments/rate-limit.ts";

const closed = { additionalProperties: false } as const;
const defineTexts = (description: string) => Type.Array(Type.String(), { description });
const defineFlag = (description: string, byDefault: boolean) =>
  Type.Boolean({ description, default: byDefault });
const defineCount = (description: string, byDefault: number) =>
  Type.Integer({ minimum: 0, description, default: byDefault });

const Key = Type.Object(
  {
    key: Type.String({ minLength: 1, description: "Valore di x-api-key" }),
    paTaxId: Type.String({ pattern: "^[0-9]{11}$", description: "Codice fiscale dell'ente" }),
    groups: Type.Optional(defineTexts("Gruppi della chiave: ogni richiesta deve indicarne uno")),
    paGroups: Type.Optional(defineTexts("Gruppi attivi dell'ente; senza, quelli della chiave")),
    pdnd: defineFlag("Creata con PDND: vuole anche il voucher", false),
    status: Type.Union(
      [Type.Literal("ENABLED"), Type.Literal("ROTATED"), Type.Literal("BLOCKED")],
      { default: "ENABLED", description: "Stato della chiave" },
    ),
    sendEnabled: defineFlag("SEND attivo per l'ente", true),
    over20Grams: defineFlag(
      "L'ente può spedire più di 20 grammi: vale per tutte le sue chiavi",
      true,
    ),
    monthlyCap: Type.Optional(
      Type.Integer({ minimum: 0, description: "Notifiche al mese, al più" }),
    ),
  },
  closed,
);

const Limits = Type.Object(
  {
    day: Duration({
      default: "1m",
      description: "Quanto dura un giorno di SEND: 1m in collaudo, 1d in esercizio",
    }),
    validation: Duration({
      default: "200ms",
      description: "Quanto una richiesta resta in convalida",
    }),
    streamIdle: Duration({
      default: "1s",
      description: "Attesa che chiede uno stream vuoto; in esercizio 15m",
    }),
    streamsPerPa: defineCount("Stream attivi per ente, al più", testEnvironment.maxStreams),
    eventsPerCall: defineCount("Eventi per lettura, al più", testEnvironment.eventsPerCall),
    authorizerMemory: Duration({
      default: "0s",
      description: "Per quanto SEND ricorda l'esito di una chiave; in esercizio 1m",
    }),
    uploadUrl: Duration({ default: "1h", description: "Validità degli indirizzi di caricamento" }),
    fileRetention: Duration({
      default: "7d",
      description: "Dopo quanto un file caricato e non usato è perso",
    }),
    maxFileBytes: defineCount("Byte di un file, al più", testEnvironment.maxFileBytes),
    archivedAfter: Duration({
      default: "120d",
      description: "Dopo quanto gli atti sono in archivio e si fanno aspettare",
    }),
    maxDocuments: defineCount("Documenti per notifica, al più", testEnvironment.maxDocuments),
    maxRecipients: defineCount("Destinatari per notifica, al più", testEnvironment.maxRecipients),
    addressRowLength: defineCount(
      "Caratteri di una riga d'indirizzo",
      testEnvironment.addressRowLength,
    ),
    denominationLength: defineCount(
      "Caratteri di nome e presso",
      testEnvironment.denominationLength,
    ),
    denominationExcluded: Type.String({
      default: testEnvironment.denominationExcluded,
      description: "Caratteri esclusi da nome e presso",
    }),
    checkTaxonomy: defineFlag("Controlla il codice tassonomico", true),
    checkSenderTaxId: defineFlag("Il mittente deve essere l'ente della chiave", true),
    checkDocumentKeys: defineFlag("Controlla le chiavi dei documenti anche prima di v2.6", false),
    addressLookup: defineFlag("Cerca gli indirizzi che mancano (qui non ne trova)", false),
    pilot: defineFlag("Un solo destinatario, con pagamento (MVP)", false),
    registry: Type.Union(
      [Type.Literal("off"), Type.Literal("request"), Type.Literal("validation")],
      { default: "off", description: "Quando i codici fiscali sono chiesti all'anagrafe" },
    ),
    registryDown: defineFlag("L'anagrafe non risponde", false),
    inactiveTaxIds: Type.Optional(defineTexts("Codici fiscali che l'anagrafe non dà attivi")),
    unknownTaxIds: Type.Optional(
      defineTexts("Codici fiscali che i registri non conoscono quando cercano un indirizzo"),
    ),
    normaliserDown: defineFlag("Il normalizzatore degli indirizzi non risponde", false),
    gpdDown: defineFlag("GPD non risponde sugli avvisi con pagoPaIntMode ASYNC", false),
    gpdCalls: defineCount(
      "Chiamate a GPD in 10 secondi per chiave, al più; 0: quante si vuole",
      gpdLimit.calls,
    ),
    validationRetries: Type.Optional(
      Type.Array(Duration({}), {
        description:
          "Attese prima di ogni nuovo tentativo, quando un servizio non risponde; senza, 10s 1m 1m 5m 1h",
      }),
    ),
    validationEnds: defineFlag(
      "Finiti i tentativi rifiuta con SERVICE_UNAVAILABLE; false: ritenta ogni ora",
      false,
    ),
    acceptedTaxIds: Type.Optional(
      defineTexts("Codici fiscali ammessi anche con il carattere di controllo errato"),
    ),
    refusedTaxIds: Type.Optional(defineTexts("Codici fiscali rifiutati sempre")),
  },
  closed,
);

export const SimulatorSettings = Type.Object(
  {
    keys: Type.Optional(
      Type.Array(Key, { description: "Chiavi API oltre a quella delle opzioni" }),
    ),
    limits: Type.Optional(Limits),
  },
  closed,
);
export type SimulatorSettings = Static<typeof SimulatorSettings>;

export interface SimulatedSend {
  readonly keys: readonly SimulatedKey[];
  readonly environment: Environment;
  readonly validationMs: number;
  /** What GPD's gateway lets through of a key; `null`: all. */
  readonly gpdLimit: CallLimit | null;
}

/** What the settings mean; without any, SEND's test environment with the `changes` of whoever calls. */
export function toSimulatedSend(
  { keys = [], limits }: SimulatorSettings,
  changes: Partial<Environment> = {},
): SimulatedSend {
  return {
    keys: keys.map(({ pdnd, sendEnabled, ...key }) => ({
      ...key,
      isPdnd: pdnd,
      isSendEnabled: sendEnabled,
    })),
    environment: {
      ...(limits === undefined ? testEnvironment : toEnvironment(limits)),
      ...changes,
    },
    validationMs: limits?.validation ?? 200,
    gpdLimit: toGpdLimit(limits?.gpdCalls ?? gpdLimit.calls),
  };
}

function toGpdLimit(calls: number): CallLimit | null {
  return calls === 0 ? null : { ...gpdLimit, calls };
}

function toEnvironment(limits: Static<typeof Limits>): Environment {
  const { inactiveTaxIds = [], acceptedTaxIds = [], refusedTaxIds = [] } = limits;
  const { unknownTaxIds = [], validationRetries = testEnvironment.validationRetriesMs } = limits;
  return {
    ...testEnvironment,
    dayMs: limits.day,
    streamIdleMs: limits.streamIdle,
    maxStreams: limits.streamsPerPa,
    eventsPerCall: limits.eventsPerCall,
    authorizerCacheMs: limits.authorizerMemory,
    uploadUrlMs: limits.uploadUrl,
    fileRetentionMs: limits.fileRetention,
    maxFileBytes: limits.maxFileBytes,
    archivedAfterMs: limits.archivedAfter,
    maxDocuments: limits.maxDocuments,
    maxRecipients: limits.maxRecipients,
    addressRowLength: limits.addressRowLength,
    denominationLength: limits.denominationLength,
    denominationExcluded: limits.denominationExcluded,
    checkTaxonomy: limits.checkTaxonomy,
    checkSenderTaxId: limits.checkSenderTaxId,
    checkDocumentKeys: limits.checkDocumentKeys,
    addressLookup: limits.addressLookup,
    isMvp: limits.pilot,
    registry: limits.registry,
    isRegistryDown: limits.registryDown,
    inactiveTaxIds: new Set(inactiveTaxIds),
    unknownTaxIds: new Set(unknownTaxIds),
    isNormaliserDown: limits.normaliserDown,
    isGpdDown: limits.gpdDown,
    validationRetriesMs: validationRetries,
    isRetriedForEver: !limits.validationEnds,
    taxIdWhiteList: testEnvironment.taxIdWhiteList.union(new Set(acceptedTaxIds)),
    taxIdBlackList: new Set(refusedTaxIds),
  };
}
