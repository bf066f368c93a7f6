/** What doctor looks at of the price service of an ente: its key, and whether a payment system has asked. */
import type { Secrets } from "../../engine/host/secrets.ts";
import type { DoctorFinding } from "../../integrations/diagnosis.ts";
import type { EnteSettings } from "../../integrations/ente.ts";
import type { Installation } from "../installation.ts";
import { openHistory } from "../store/journal-reader.ts";
import { isLongEnough } from "../price/callers.ts";
import { partnerKey, partnerKind } from "../price/traces.ts";

/** The price service admits nobody with a key that could be tried out. */
export async function judgePriceKey(
  { payments }: EnteSettings,
  secrets: Secrets,
  missing: ReadonlySet<string>,
): Promise<readonly DoctorFinding[]> {
  const name = payments.priceService?.apiKey.secret;
  if (name === undefined || missing.has(name) || isLongEnough(await secrets.get(name))) return [];
  return [
    {
      state: "bad",
      note: `Il segreto ${name}, la chiave del servizio dei prezzi, è troppo corto: il servizio non risponde a nessuno.`,
      hint: "Una chiave a caso di almeno 16 caratteri, per esempio con openssl rand -hex 24; poi darla a chi incassa.",
    },
  ];
}

/** The day on which a payment system has last asked for a price. */
export async function readPriceAsked(
  { config }: Installation,
  codice: string,
): Promise<string | undefined> {
  const history = await openHistory(config).catch(() => null);
  const found = await history?.readRecords(codice, partnerKind, [partnerKey]);
  await history?.close();
  const day = found?.get(partnerKey)?.data["lastAskedOn"];
  return typeof day === "string" ? day : undefined;
}
