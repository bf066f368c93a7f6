/** Who answers for a case about codes and payments, by its kind; whatever the case holds, there is one row for it. */
import { type CaseText, reasonOf } from "./case-file.ts";
import { pagoPaCaseOf, type PagoPaCase } from "./pagopa-case.ts";
import { noticeCodeVerdict, otherVerdict, qrVerdict } from "./payment-verdict.ts";
import type { CaseLine, CaseVerdict } from "./tally.ts";
import { taxCodeVerdict } from "./tax-code-verdict.ts";

type Row = Omit<CaseLine, "id">;

/** Every case ends here, a broken one too. */
export async function pagoPaRowOf(line: CaseText): Promise<Row> {
  const one = pagoPaCaseOf(line);
  if (typeof one === "string")
    return { suite: "cases that nobody can read", verdict: "not applicable", why: one };
  const suite = suiteOf(one);
  if (suite === null)
    return {
      suite: "cases of a kind that nobody takes",
      verdict: "not applicable",
      why: `no runner knows the kind «${one.kind}»`,
    };
  try {
    return { suite, ...(await verdictOf(one)) };
  } catch (error) {
    return { suite, verdict: "unexplained", why: `the runner failed: ${reasonOf(error)}` };
  }
}

function suiteOf({ kind, input }: PagoPaCase): string | null {
  if (kind === "other" && typeof input === "object") {
    if ("gpd" in input) return "simulator, GPD states";
    return "euroToQrCents" in input ? "QR of the notice" : "notice code";
  }
  const suites: Readonly<Record<string, string>> = {
    cf: "codice fiscale",
    piva: "partita IVA",
    qr: "QR of the notice",
    "notice-code": "notice code",
    other: "notice code",
  };
  return suites[kind] ?? null;
}

async function verdictOf(one: PagoPaCase): Promise<CaseVerdict> {
  if (one.kind === "notice-code") return noticeCodeVerdict(one);
  if (one.kind === "qr") return qrVerdict(one);
  return one.kind === "other" ? await otherVerdict(one) : taxCodeVerdict(one);
}
