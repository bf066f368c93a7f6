/** The world's ente with GovPay in place of GPD, and pendenze that were there before. */
import { makePaymentCode } from "../../integrations/payments/notice-code.ts";

/** What its password is named and is. */
export const govPaySecrets = { PROVA_GOVPAY_PASSWORD: "segreto-govpay" };

/** The ente file of `makeInstallationWorld`, changed to GovPay. */
export function govPayEnte(text: string): string {
  return text
    .replace("adapter: gpd", "adapter: govpay")
    .replace("/gpd/debt-positions-service/v1", "/govpay")
    .replace(
      "  subscriptionKey: { secret: PROVA_GPD_KEY }\n",
      "  govpay: { idA2A: POSTINO, idTipoPendenza: CDS, user: postino, sendAbilitato: true, password: { secret: PROVA_GOVPAY_PASSWORD } }\n",
    );
}

/** A pendenza as the ente's own program made it, below the world's segregation code. */
export interface EarlierPendenza {
  readonly idA2A: string;
  readonly idPendenza: string;
  /** Of its notice code. */
  readonly number: number;
}

/** Loads it into the world's GovPay; throws when that refuses it. */
export async function loadPendenza(
  worldUrl: string,
  { idA2A, idPendenza, number }: EarlierPendenza,
): Promise<{ readonly noticeCode: string }> {
  const { noticeCode } = makePaymentCode("01", number);
  const response = await fetch(`${worldUrl}/govpay/pendenze/${idA2A}/${idPendenza}`, {
    method: "PUT",
    headers: {
      authorization: `Basic ${btoa("gestionale:x")}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({
      idTipoPendenza: "CDS",
      idDominio: "89999990164",
      causale: "Verbale",
      soggettoPagatore: {
        tipo: "F",
        identificativo: "NVNTMS66B24X001Q",
        anagrafica: "Tommaso Inventati",
      },
      importo: 50.5,
      numeroAvviso: noticeCode,
      voci: [
        {
          idVocePendenza: "1",
          importo: 50.5,
          descrizione: "Verbale",
          ibanAccredito: "IT60X0542811101000000123456",
          tipoContabilita: "ALTRO",
          codiceContabilita: "0101108TS",
        },
      ],
    }),
  });
  if (response.status !== 201) throw new Error(`not loaded: ${response.status}`);
  return { noticeCode };
}
