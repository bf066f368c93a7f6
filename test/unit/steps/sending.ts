/** Items, artifacts and a context for the tests of transmit and import-iun. */
import { createHash } from "node:crypto";
import type { ArtifactAccess } from "../../../engine/host/files.ts";
import type { EffectContext } from "../../../engine/step/context.ts";
import type { EarlierEffect, Holder, Item } from "../../../engine/step/item.ts";
import type { Step } from "../../../engine/step/step.ts";
import { parseDuration } from "../../../loader/yaml/duration.ts";
import { silentLogger } from "../../../engine/host/logger.ts";
import type { EnteSettings } from "../../../integrations/ente.ts";
import type { Register } from "../../../integrations/register/port.ts";
import type { SendDesk } from "../../../integrations/send/desk-port.ts";
import type { SendPort, SendVerdicts } from "../../../integrations/send/port.ts";
import { openRegister } from "../../support/register.ts";
import { paTaxId, pdf, settings, type FakeClock } from "../integrations/send/setup.ts";

export interface Shelf {
  put(text: string): { sha256: string; bytes: number };
  readonly blobs: Map<string, Uint8Array>;
}

export function makeShelf(): Shelf {
  const blobs = new Map<string, Uint8Array>();
  return {
    blobs,
    put(text) {
      const content = pdf(text);
      const sha256 = createHash("sha256").update(content).digest("hex");
      blobs.set(sha256, content);
      return { sha256, bytes: content.byteLength };
    },
  };
}

/** A verbale that is ready to be sent; `index` makes its codes. */
export function sendable(
  shelf: Shelf,
  index: number,
  changes: Record<string, unknown> = {},
  round = 1,
): Item<Record<string, unknown>> {
  const key = `V-${index}`;
  const codes = [2 * index, 2 * index + 1].map(
    (number) => `30201000000${String(number).padStart(7, "0")}`,
  );
  return {
    key,
    round,
    data: {
      verbale: {
        numero: key,
        dataViolazione: "2026-11-01",
        luogo: "Via Roma",
        targa: "AB123CD",
        articolo: "7",
        descrizione: "Sosta",
        agente: "12",
        importoRidottoCents: 4200,
        importoScontatoCents: 2940,
        speseCents: 500,
        destinatario: {
          tipo: "PF",
          cognome: "Rossi",
          nome: "Mario",
          codiceFiscale: "RSSMRA80A01H501U",
          indirizzo: { via: "Via Roma", cap: "00118", comune: "Roma", provincia: "RM" },
        },
      },
      validation: {
        checkedOn: "2026-11-23",
        taxId: "RSSMRA80A01H501U",
        denomination: "Rossi Mario",
        address: {
          via: "Via Roma",
          civico: "1",
          dettagli: "Scala B",
          cap: "00118",
          comune: "Roma",
          provincia: "RM",
        },
        notifyBy: "2027-01-30",
        warnings: [],
      },
      payment: {
        ref: `P-${index}`,
        creditorTaxId: paTaxId,
        options: codes.map((noticeCode, place) => ({
          kind: place === 0 ? "discounted" : "reduced",
          iuv: noticeCode.slice(1),
          noticeCode,
          amountCents: 3440 + place,
        })),
      },
      signedDocuments: [
        { role: "verbale", name: `verbale-${key}.pdf`, pages: 2, ...shelf.put(`verbale ${key}`) },
        {
          role: "notice",
          noticeCodes: codes,
          name: `avviso-${key}.pdf`,
          pages: 1,
          ...shelf.put(`avviso ${key}`),
        },
      ],
      ...changes,
    },
  };
}

export interface ContextParts {
  readonly send: SendPort;
  readonly verdicts?: SendVerdicts;
  readonly desk?: SendDesk;
  readonly register?: Register;
  readonly clock: FakeClock;
  readonly shelf?: Shelf;
  readonly config?: Record<string, unknown>;
  readonly sendSettings?: Partial<typeof settings>;
  readonly earlier?: readonly EarlierEffect[];
  readonly holders?: ReadonlyMap<string, readonly Holder[]>;
}

/** The blobs of a shelf as a step reads them; nothing may be added. */
export function shelfArtifacts(shelf?: Shelf): ArtifactAccess {
  return {
    put: () => Promise.reject(new Error("not used")),
    putStream: () => Promise.reject(new Error("not used")),
    read(sha256) {
      const found = shelf?.blobs.get(sha256);
      return found === undefined
        ? Promise.reject(new Error(`no blob ${sha256}`))
        : Promise.resolve(Uint8Array.from(found));
    },
    stream: () => {
      throw new Error("not used");
    },
  };
}

/** The context of an effect step; config has the step's own defaults. */
export function contextOf(step: Step, parts: ContextParts): EffectContext<unknown, unknown> {
  const defaults = defaultsOf(step);
  const ente = enteOf({ ...settings, ...parts.sendSettings });
  return {
    runId: "run-1",
    ente: "demo",
    config: { ...defaults, ...parts.config },
    services: {
      send: parts.send,
      verdicts: parts.verdicts,
      desk: parts.desk,
      register: parts.register ?? openRegister(),
      ente,
    },
    clock: parts.clock,
    log: silentLogger,
    signal: new AbortController().signal,
    artifacts: shelfArtifacts(parts.shelf),
    idempotencyKey: ({ key, round }) =>
      createHash("sha256").update(`demo transmit ${key} ${round}`).digest("hex"),
    earlier: () => parts.earlier ?? [],
    holders: (names) =>
      Promise.resolve(new Map([...(parts.holders ?? [])].filter(([name]) => names.includes(name)))),
  };
}

/** As much of an ente as the sending steps look at. */
export function enteOf(send: typeof settings, live = false): EnteSettings {
  const payments = { adapter: "gpd", segregationCode: "01" };
  return {
    ente: { codice: "demo", nome: "Comune di Esempio", codiceFiscale: paTaxId },
    live,
    send,
    payments,
  } as unknown as EnteSettings;
}

/** What `with` says of a step when it says nothing. */
export function defaultsOf(step: Step): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(step.config.properties).map(([name, schema]) => [
      name,
      defaultOf(schema as { default?: unknown; duration?: boolean }),
    ]),
  );
}

/** Durations reach a step in milliseconds. */
function defaultOf(schema: { readonly default?: unknown; readonly duration?: boolean }): unknown {
  return schema.duration === true ? parseDuration(String(schema.default)) : schema.default;
}
