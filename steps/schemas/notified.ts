/** The fields of the pipeline that follows a notification from its IUN to its legal end. */
import { Type } from "typebox";
import { Evidence } from "../../integrations/register/evidence.ts";
import { Preservation } from "../../integrations/register/preservation.ts";
import { Followed } from "../../integrations/register/followed.ts";
import type { Act } from "../../integrations/register/kinds.ts";
import { Costs, KeptReceipts } from "../../integrations/register/money.ts";
import { Clocks, LegalTerms } from "../../integrations/register/terms.ts";

/** Added by load-notified, whose item key is the IUN: what was sent, as the register keeps it. */
export const NotifiedField = Type.Object({
  iun: Type.String({ title: "IUN" }),
  numero: Type.String({ title: "Verbale" }),
  act: Type.Unsafe<Act>({
    type: "object",
    title: "Atto inviato",
    description: "The record `act` of the register",
  }),
});

/** Added by follow. */
export const FollowedField = Type.Object({ followed: Followed });

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
