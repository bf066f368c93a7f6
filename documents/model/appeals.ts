/** How an act is appealed against: dated data with a source, an ente's changes over it, and the days by which terms are counted. */
import { parse } from "yaml";
import shipped from "../models/appeals.yaml" with { type: "text" };

export const appealNames = ["prefetto", "giudiceDiPace"] as const;
export type AppealName = (typeof appealNames)[number];

/** One wording of a way. */
export interface AppealWording {
  /** Days of the act that it applies to, `YYYY-MM-DD`, both included. */
  readonly from?: string;
  readonly to?: string;
  /** Where it is handed in, and how, without a full stop. */
  readonly come?: string;
  /** By language: `de`. */
  readonly seconda?: Readonly<Record<string, string>>;
  readonly norma?: string;
  /** What it costs. */
  readonly spese?: string;
  /** Where the office is. */
  readonly indirizzo?: string;
  readonly source?: string;
  /** `memory`: nobody read the law, it is not printed. Absent: an ente says it. */
  readonly mark?: "read" | "memory";
}

export type AppealWordings = Readonly<Partial<Record<AppealName, readonly AppealWording[]>>>;

/** A way as an act bears it. */
export interface Appeal extends Pick<AppealWording, "seconda" | "spese" | "indirizzo"> {
  readonly days: number;
  /** Of who resides abroad. */
  readonly daysAbroad: number;
  readonly come: string;
  readonly norma: string;
  readonly source: string;
}

export type Appeals = Readonly<Record<AppealName, Appeal>>;

let tables: AppealWordings | null = null;

/** The wordings that ship, those that were not read among them. */
export function readAppealWordings(): AppealWordings {
  return (tables ??= parse(shipped) as AppealWordings);
}

/** The ways on a day; the ente's wording of that day goes over ours, part by part. */
export function findAppeals(
  day: string,
  days: Readonly<Record<AppealName, { readonly days: number; readonly daysAbroad?: number }>>,
  changes: AppealWordings = {},
): Appeals {
  const find = (name: AppealName): Appeal => {
    const ours = pickWording(readAppealWordings()[name], day) ?? {};
    const own = pickWording(changes[name], day);
    const { from: _, to: __, mark: ___, ...said } = { ...ours, ...own };
    // What an ente says in Italian is not what ours says in another language.
    const { seconda, ...rest } = said;
    const isOwn = own?.come !== undefined && own.seconda === undefined;
    const { days: count, daysAbroad = count } = days[name];
    return {
      come: "",
      norma: "",
      ...rest,
      ...(seconda !== undefined && !isOwn && { seconda }),
      source: own === undefined ? (ours.source ?? "") : (own.source ?? "file dell'ente"),
      days: count,
      daysAbroad,
    };
  };
  return { prefetto: find("prefetto"), giudiceDiPace: find("giudiceDiPace") };
}

/** The last that applies; what nobody read is left out. */
function pickWording(
  wordings: readonly AppealWording[] = [],
  day: string,
): AppealWording | undefined {
  return wordings.findLast(
    ({ from, to, mark }) =>
      mark !== "memory" && (from === undefined || day >= from) && (to === undefined || day <= to),
  );
}

/** Values for models; all empty where the act has no such ways. `language`: the second of the model. */
export function buildAppealValues(
  appeals: Appeals | undefined,
  language?: string,
): Record<string, string> {
  const values: Record<string, string> = {};
  for (const name of appealNames) {
    const appeal = appeals?.[name];
    const put = (part: string, text: string | number | undefined): void => {
      values[`ricorso.${name}.${part}`] = text === undefined ? "" : String(text);
    };
    put("giorni", appeal?.days);
    put("giorniEstero", appeal?.daysAbroad);
    put("come", appeal?.come);
    put("norma", appeal?.norma);
    put("spese", appeal?.spese);
    put("indirizzo", appeal?.indirizzo);
    put("comeSeconda", language === undefined ? "" : appeal?.seconda?.[language]);
  }
  return values;
}
