/** The way of every sample case to its verdict, a broken one too. */
import { type CaseText, reasonOf } from "./case-file.ts";
import { sendCaseOf, unknownPart, type SendCase } from "./send-case.ts";
import type { CaseVerdict } from "./tally.ts";

/** Why a case is not put to a suite; the first that fits counts. */
export type NotApplicable = readonly (readonly [(one: SendCase) => boolean, string])[];

/** The verdict of `judge`, unless the case cannot be read, is not for this suite, or breaks the runner. */
export async function verdictBy(
  line: CaseText,
  notApplicable: NotApplicable,
  judge: (one: SendCase) => Promise<CaseVerdict>,
): Promise<CaseVerdict> {
  const one = sendCaseOf(line);
  if (typeof one === "string") return { verdict: "not applicable", why: one };
  const why = unknownPart(one) ?? notApplicable.find(([fits]) => fits(one))?.[1];
  if (why !== undefined) return { verdict: "not applicable", why };
  try {
    return await judge(one);
  } catch (error) {
    return { verdict: "unexplained", why: `the runner failed: ${reasonOf(error)}` };
  }
}
