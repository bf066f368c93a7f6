/** What the documents of a kind of act that is no verbale are made of: its model, and its values as they are printed. */
import { formatEuro } from "../../documents/model/content.ts";
import { formatItalianDay } from "../../documents/model/format.ts";
import { buildOwnModel, type OwnModel } from "../../documents/model/own-model.ts";
import type { ActKind } from "../../integrations/services.ts";
import { readActValue, type ActValue } from "../kinds/values.ts";
import type { Verbale } from "../schemas/verbale.ts";

const built = new WeakMap<ActKind, OwnModel>();

/** Its model, put together once for the same kind. */
export function readOwnModel(act: ActKind): OwnModel {
  const known = built.get(act) ?? buildModel(act);
  built.set(act, known);
  return known;
}

function buildModel(act: ActKind): OwnModel {
  const { name, title, model, notice, texts, fields } = act;
  const required = Object.entries(fields).filter(([, field]) => field.required);
  const days = Object.keys(buildDays(act));
  return buildOwnModel({
    name,
    title,
    model,
    notice,
    texts,
    values: {
      names: [...Object.keys(fields), ...days],
      always: [...required.map(([field]) => field), ...days],
    },
  });
}

/** Every field of the kind, empty where the act has none, and the days of its terms: what is printed is what is counted. */
export function buildOwnValues(act: ActKind, verbale: Verbale): Record<string, string> {
  const values: Record<string, string> = buildDays(act);
  for (const [name, { kind }] of Object.entries(act.fields))
    values[name] = formatValue(kind, readActValue(verbale, name, act));
  return values;
}

function buildDays({ payment, terms = {} }: ActKind): Record<string, string> {
  const days: Record<string, string> = { giorniPagamento: String(payment.days) };
  if (payment.discounted !== undefined) days["giorniScontato"] = String(payment.discounted.days);
  for (const [name, rule] of Object.entries(terms)) days[`giorni.${name}`] = String(rule.days);
  return days;
}

function formatValue(kind: string, value: ActValue | null): string {
  if (value === null || value === false) return "";
  if (value === true) return "sì";
  if (kind === "cents") return formatEuro(Number(value));
  if (kind === "day") return formatItalianDay(String(value));
  return typeof value === "number" ? String(value).replace(".", ",") : value;
}
