/** Positions that the office's own program has made before a verbale goes to SEND, on the payment system of the ente. */
import { addDays, toInstant, toRomeDay } from "../../../engine/host/clock.ts";
import { makePaymentCode } from "../../../integrations/payments/notice-code.ts";
import { paTaxId } from "./ente.ts";
import type { World } from "./world.ts";

export interface OldPosition {
  readonly noticeCode: string;
  /** How the flusso calls it. */
  readonly named: { readonly iupd: string } | { readonly numeroAvviso: string };
}

/** What it asks for. */
const cents = 4_200;

/** Open and payable from now on. */
export function makeOldPosition(world: World, n: number): OldPosition {
  const { noticeCode, iuv } = makePaymentCode("02", 7_000_000 + n);
  const name = `GEST-${String(n).padStart(5, "0")}`;
  const isGovPay = world.mix.side === "govpay";
  const { status, body } = isGovPay
    ? world.askNow(`/govpay/pendenze/POSTINO/${name}`, {
        method: "PUT",
        headers: { authorization: `Basic ${btoa("gestionale:x")}` },
        body: JSON.stringify(buildPendenza(noticeCode)),
      })
    : world.askNow(
        `/gpd/debt-positions-service/v1/organizations/${paTaxId}/debtpositions?toPublish=true`,
        {
          method: "POST",
          body: JSON.stringify(buildPosition(world, { name, iuv, noticeCode })),
        },
      );
  if (status !== 201) throw new Error(`no old position: ${status} ${JSON.stringify(body)}`);
  return { noticeCode, named: isGovPay ? { numeroAvviso: noticeCode } : { iupd: name } };
}

function buildPosition(
  world: World,
  {
    name,
    iuv,
    noticeCode,
  }: { readonly name: string; readonly iuv: string; readonly noticeCode: string },
): object {
  const dueDate = toInstant(Date.parse(`${addDays(toRomeDay(world.now()), 300)}T12:00:00Z`));
  return {
    iupd: name,
    type: "F",
    fiscalCode: "NVNTMS66B24X001Q",
    fullName: "Tommaso Inventati",
    companyName: "Comune di Prova",
    switchToExpired: false,
    paymentOption: [
      {
        nav: noticeCode,
        iuv,
        amount: cents,
        description: "Verbale",
        isPartialPayment: false,
        dueDate,
        transfer: [
          {
            idTransfer: "1",
            amount: cents,
            organizationFiscalCode: paTaxId,
            remittanceInformation: "Verbale",
            category: "9/0101108TS/",
            iban: "IT60X0542811101000000123456",
          },
        ],
      },
    ],
  };
}

function buildPendenza(noticeCode: string): object {
  const importo = cents / 100;
  return {
    idTipoPendenza: "CDS",
    idDominio: paTaxId,
    causale: "Verbale",
    soggettoPagatore: {
      tipo: "F",
      identificativo: "NVNTMS66B24X001Q",
      anagrafica: "Tommaso Inventati",
    },
    importo,
    numeroAvviso: noticeCode,
    voci: [
      {
        idVocePendenza: "1",
        importo,
        descrizione: "Verbale",
        ibanAccredito: "IT60X0542811101000000123456",
        tipoContabilita: "ALTRO",
        codiceContabilita: "0101108TS",
      },
    ],
  };
}
