/** How a simulated SEND is set up: its keys, its per-environment settings and its tables. */
import type { Clock } from "../../engine/host/clock.ts";
import { productionOutcomeTerms, type OutcomeTerms } from "./outcomes/terms.ts";
import { taxonomyCodes } from "../../integrations/send/taxonomy.ts";

/** An API key that the simulated SEND knows. */
export interface SimulatedKey {
  readonly key: string;
  /** The PA that the key belongs to: 11 digits. */
  readonly paTaxId: string;
  /** A key with groups must name one of them in each request. */
  readonly groups?: readonly string[];
  /** The PA's active groups; default: those of the key. Another one is unknown or suspended. */
  readonly paGroups?: readonly string[];
  /** True: every call needs a PDND voucher too; false (default): a voucher is refused. */
  readonly isPdnd?: boolean;
  /** Default `ENABLED`; SEND also lets `ROTATED` in. */
  readonly status?: "ENABLED" | "ROTATED" | "BLOCKED";
  /** False: SEND is not active for the PA (V-1). Default true. */
  readonly isSendEnabled?: boolean;
  /** May the PA send more than 20 grams (payment attachments, more than 4 pages)? Default true. */
  readonly over20Grams?: boolean;
  /** Most requests a month; default: no cap. */
  readonly monthlyCap?: number;
}

/** What differs between SEND's environments. */
export interface Environment {
  readonly checkTaxonomy: boolean;
  readonly taxonomyCodes: ReadonlySet<string>;
  readonly maxDocuments: number;
  readonly maxRecipients: number;
  /** `null`: the address charset is not checked. Character class of a regular expression. */
  readonly addressCharset: string | null;
  readonly addressRowLength: number;
  readonly denominationLength: number;
  /** Characters refused in denomination and at, besides what is not ISO Latin-1. */
  readonly denominationExcluded: string;
  readonly checkSenderTaxId: boolean;
  /** Tax codes taken although their control character is wrong. */
  readonly taxIdWhiteList: ReadonlySet<string>;
  readonly taxIdBlackList: ReadonlySet<string>;
  /** When the registry of the Agenzia delle Entrate is asked about a tax code: never, in the POST, or in the asynchronous validation. */
  readonly registry: "off" | "request" | "validation";
  /** Tax codes that the registry does not know as active. */
  readonly inactiveTaxIds: ReadonlySet<string>;
  /** The registries do not answer: 503 in the POST, ADDRESS_SEARCH_FAILED in the lookup of an address; where the validation asks them it is tried again. */
  readonly isRegistryDown: boolean;
  /** Tax codes that the registries do not know: RECIPIENT_ID_NOT_VALID in the lookup of an address. */
  readonly unknownTaxIds: ReadonlySet<string>;
  /** The address normaliser does not answer: the validation is tried again. */
  readonly isNormaliserDown: boolean;
  /** GPD does not answer about the notices of pagoPaIntMode ASYNC: the validation is tried again. */
  readonly isGpdDown: boolean;
  /** Waits before each new try of a validation that met a service that is down. */
  readonly validationRetriesMs: readonly number[];
  /** After the last of them: every hour for ever, or SERVICE_UNAVAILABLE. */
  readonly isRetriedForEver: boolean;
  /** V-18: at most one recipient, and only with a payment. */
  readonly isMvp: boolean;
  /** True: recipients without an address are looked up (and never found here). */
  readonly addressLookup: boolean;
  /** From pn-delivery 2.25.0 the keys of documents are checked as those of payments are (V-11); always for v2.6, which came with it. */
  readonly checkDocumentKeys: boolean;
  /** How long the gateway's authoriser remembers what it said of a key: a mended key or voucher shows only then. */
  readonly authorizerCacheMs: number;
  readonly uploadUrlMs: number;
  /** Uploaded but unused files are gone after this. */
  readonly fileRetentionMs: number;
  readonly maxFileBytes: number;
  /** Legal facts of older notifications lie in the archive. */
  readonly archivedAfterMs: number;
  /** How long a day of SEND lasts: 86,400,000 in production, 60,000 in UAT. */
  readonly dayMs: number;
  /** How long it waits before a notification counts as done. */
  readonly terms: OutcomeTerms;
  /** Who has a digital address on the platform: by tax code. */
  readonly platformAddresses: Readonly<
    Record<string, { readonly type: "PEC" | "SERCQ"; readonly address: string }>
  >;
  /** What a letter costs, by product; cents without VAT. An address may say another price. */
  readonly letterCents: Readonly<Record<string, number>> & { readonly other: number };
  /** What the price API answers for the notices of a cancelled notification: its code is known, its status was not read. */
  readonly cancelledPriceStatus: number;
  /** Wait that a drained stream asks for. */
  readonly streamIdleMs: number;
  readonly maxStreams: number;
  readonly eventsPerCall: number;
  readonly eventRetentionMs: number;
  /** What the platform status tells; the other routes go on working. */
  readonly malfunctions: readonly Malfunction[];
}

/** Defaults: SEND's production as far as it is known. */
export const production: Environment = {
  checkTaxonomy: true,
  taxonomyCodes,
  maxDocuments: 15,
  maxRecipients: 15,
  // Printable ISO Latin-1: what B2B SYNC_VALIDATION_18, 24 and 25 expect to pass and 36 to 43 to fail.
  addressCharset: " -~\\u00A0-\\u00FF",
  addressRowLength: 44,
  denominationLength: 88,
  denominationExcluded: "|",
  checkSenderTaxId: true,
  taxIdWhiteList: new Set(),
  taxIdBlackList: new Set(),
  registry: "off",
  inactiveTaxIds: new Set(),
  isRegistryDown: false,
  unknownTaxIds: new Set(),
  isNormaliserDown: false,
  isGpdDown: false,
  // Source: pn-delivery-push-validator, validation-retry-intervals; its last one, -1, is `isRetriedForEver`.
  validationRetriesMs: [10_000, 60_000, 60_000, 300_000, 3_600_000],
  isRetriedForEver: true,
  isMvp: false,
  addressLookup: false,
  checkDocumentKeys: false,
  // Source: api-delivery-B2B-aws.yaml authorizerResultTtlInSeconds.
  authorizerCacheMs: 60_000,
  uploadUrlMs: 3_600_000,
  fileRetentionMs: 7 * 86_400_000,
  maxFileBytes: 200 * 1024 * 1024,
  archivedAfterMs: 120 * 86_400_000,
  dayMs: 86_400_000,
  terms: productionOutcomeTerms,
  platformAddresses: {},
  letterCents: { other: 1050 },
  cancelledPriceStatus: 404,
  streamIdleMs: 900_000,
  maxStreams: 10,
  eventsPerCall: 50,
  eventRetentionMs: 7 * 86_400_000,
  malfunctions: [],
};

/** Tax codes of SEND's test environments whose control character is wrong: they are white-listed there. */
const testPeople: ReadonlySet<string> = new Set(["CLMCST42R12D969Z", "12666810299"]);

/**
 * SEND's test environment: a day lasts a minute. Two things are ours, for whoever tries things out:
 * a mended key shows at once, and a drained stream is asked again after a second.
 */
export const testEnvironment: Environment = {
  ...production,
  taxIdWhiteList: testPeople,
  authorizerCacheMs: 0,
  dayMs: 60_000,
  platformAddresses: {
    GLLGLL64B15G702I: {
      type: "SERCQ",
      address: "x-pagopa-pn-sercq:send-self:notification-already-delivered",
    },
    FLPCPT69A65Z336P: { type: "PEC", address: "prova@pec.it" },
  },
  streamIdleMs: 1000,
};

/** A time in which the simulated SEND does not work as it should. */
export interface Malfunction {
  readonly functionality:
    | "NOTIFICATION_CREATE"
    | "NOTIFICATION_VISUALIZATION"
    | "NOTIFICATION_WORKFLOW";
  /** ISO 8601 UTC. */
  readonly from: string;
  readonly to: string;
  /** When the legal fact of it is made available; default: at its end. */
  readonly attestedAt?: string;
}

/** One row of the table CAP;località;provincia. */
export interface CapRow {
  readonly cap: string;
  readonly locality: string;
  readonly province: string;
}

export interface SendSimulatorOptions {
  /** Path of the simulator's own SQLite, or `:memory:`. */
  readonly file: string;
  readonly clock: Clock;
  readonly apiKeys: readonly SimulatedKey[];
  /** CSV file `CAP;localita;provincia` or its rows; without it the triple is not checked. */
  readonly capTable?: string | readonly CapRow[];
  /** Names of countries, or a CSV whose first column holds them; without it any country is known. */
  readonly countries?: string | readonly string[];
  /** Where upload URLs point to; default: the origin and path prefix of the preload call. */
  readonly publicUrl?: string;
  readonly environment?: Partial<Environment>;
  /** How long a request stays WAITING; default 200. */
  readonly validationMs?: number;
  /** Keeps the uploaded bytes for downloads; default false: only their digest, size and pages. */
  readonly keepsFiles?: boolean;
  /** What GPD says of a notice (pagoPaIntMode ASYNC); default: it is there. */
  readonly isPayable?: (creditorTaxId: string, noticeCode: string) => boolean;
  /** Puts SEND's fee, cents, on a notice on GPD (pagoPaIntMode ASYNC); default: nobody is told. */
  readonly pushFee?: (creditorTaxId: string, noticeCode: string, feeCents: number) => void;
  /** The carrier's archive for a letter (tokens `…_ZIP`); default: a PDF whatever its name. */
  readonly attest?: (letter: AttestedLetter) => Promise<Uint8Array>;
  /** Numbers in [0, 1); default Math.random. */
  readonly random?: () => number;
}

/** What the timeline tells of a letter that its carrier attests. */
export interface AttestedLetter {
  /** 23L, ARCAD, AR, …. */
  readonly kind: string;
  /** The registered letter. */
  readonly letter: string;
  readonly code: string;
  readonly cause?: string;
  /** ISO 8601 UTC. */
  readonly at: string;
}

/** What every simulator file works with. */
export interface SimulatorWorld {
  readonly clock: Clock;
  readonly environment: Environment;
  readonly validationMs: number;
  readonly keepsFiles: boolean;
  readonly publicUrl: string | null;
  readonly isPayable: (creditorTaxId: string, noticeCode: string) => boolean;
  readonly pushFee: (creditorTaxId: string, noticeCode: string, feeCents: number) => void;
  readonly attest: ((letter: AttestedLetter) => Promise<Uint8Array>) | null;
  readonly random: () => number;
}
