/** The fields of the pipeline that follows a notification from its IUN to its legal end. */
import { Type } from "typebox";
import { Evidence } from "../../integrations/register/evidence.ts";
import { Preservation } from "../../integrations/register/preservation.ts";
import { Followed } from "../../integrations/register/followed.ts";
import type { Act } from "../../integrations/register/kinds.ts";
import { Costs, KeptReceipts } from "../../integrations/register/money.ts";
import { Clocks, LegalTerms } from "../../integrations/register/terms.ts";
import { buildStatusField, Payment } from "./fields.ts";
import { Verbale } from "./verbale.ts";

/** The record `act` of the register, with what operators read of its fields. Acts of earlier versions know less of the verbale. */
const SentAct = Type.Unsafe<Act>(
  Type.Object(
    {
      numero: Type.String({ title: "Verbale" }),
      notificationRequestId: Type.String({ title: "Token" }),
      protocol: Type.String({ title: "Protocollo su SEND" }),
      sentAt: Type.String({ title: "Inviata il" }),
      runId: Type.String({ title: "Con il flusso" }),
      round: Type.Integer({ title: "Giro" }),
      verbale: Type.Partial(Verbale, { title: "Verbale inviato" }),
      payment: Type.Partial(Payment, { title: "Pagamento" }),
      recipients: Type.Array(
        Type.Object({
          taxId: Type.String({ title: "Codice fiscale" }),
          denomination: Type.String({ title: "Denominazione" }),
        }),
        { title: "Notificata a" },
      ),
      files: Type.Array(
        Type.Object({
          name: Type.String({ title: "File" }),
          role: Type.Union(
            [
              Type.Literal("verbale", { title: "atto" }),
              Type.Literal("notice", { title: "avviso di pagamento" }),
            ],
            { title: "Che cos'è" },
          ),
          sha256: Type.String({ title: "Impronta" }),
          bytes: Type.Integer({ title: "Byte" }),
        }),
        { title: "Documento inviato" },
      ),
      costs: Type.Object(
        {
          feePolicy: Type.Union(
            [
              Type.Literal("FLAT_RATE", { title: "comprese nell'importo" }),
              Type.Literal("DELIVERY_MODE", { title: "aggiunte da SEND" }),
            ],
            { title: "Spese di notifica" },
          ),
          paFee: Type.Union([Type.Integer(), Type.Null()], { title: "Quota dell'ente, centesimi" }),
          vat: Type.Union([Type.Integer(), Type.Null()], { title: "IVA, percento" }),
        },
        { title: "Come si pagano le spese" },
      ),
    },
    { title: "Atto inviato" },
  ),
);

/** Added by load-notified, whose item key is the IUN: what was sent, as the register keeps it. */
export const NotifiedField = Type.Object({
  iun: Type.String({ title: "IUN" }),
  numero: Type.String({ title: "Verbale" }),
  act: SentAct,
  /** When it was asked; absent: they were not refused. */
  clocksAgain: Type.Optional(Type.String({ title: "Scadenze rifiutate, da scrivere di nuovo" })),
});

/** Added by follow. */
export const FollowedField = Type.Object({
  followed: Type.Object(
    { ...Followed.properties, status: buildStatusField("Stato su SEND") },
    { title: "Seguito della notifica" },
  ),
});

/** Added by count-terms. */
export const TermsField = Type.Object({ terms: LegalTerms });

/** Added by clocks. */
export const ClocksField = Type.Object({ clocks: Clocks });

/** Added by costs. */
export const MoneyField = Type.Object({ costs: Costs, receipts: KeptReceipts });

/** Added by report-back: how many facts of this notification were told in this run. */
export const ReportedField = Type.Object({
  reported: Type.Integer({ title: "Esiti consegnati", minimum: 0 }),
});

/** Added by evidence. */
export const EvidenceField = Type.Object({
  evidence: Evidence,
  isEvidenceLate: Type.Boolean({ title: "Prove in ritardo" }),
});

/** Added by preserve. */
export const PreservationField = Type.Object({
  preservation: Preservation,
  isPreservationLate: Type.Boolean({ title: "Rapporto in ritardo" }),
});
