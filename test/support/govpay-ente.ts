/** The world's ente with GovPay in place of GPD; used by the pipeline tests. */

/** What its password is named and is. */
export const govPaySecrets = { PROVA_GOVPAY_PASSWORD: "segreto-govpay" };

/** The ente file of `makeInstallationWorld`, changed to GovPay. */
export function govPayEnte(text: string): string {
  return text
    .replace("adapter: gpd", "adapter: govpay")
    .replace("/gpd/debt-positions-service/v1", "/govpay")
    .replace(
      "  subscriptionKey: { secret: PROVA_GPD_KEY }\n",
      "  govpay: { idA2A: POSTINO, idTipoPendenza: CDS, user: postino, password: { secret: PROVA_GOVPAY_PASSWORD } }\n",
    );
}
