/** Where the recipient lives and where the violation was: parts in several columns, or several parts in one. */
import { splitStreet } from "../mapping/split-address.ts";
import { assignTarget, hasValues, keepBest, leaveOut, listDrafts, type Draft } from "./draft.ts";

const address = "destinatario.indirizzo";

/** Settles the columns of both. */
export function compareAddresses(drafts: readonly Draft[]): void {
  const at = (place: "home" | "violation"): readonly Draft[] =>
    drafts.filter((draft) => draft.belonging.place === place);
  for (const draft of drafts)
    if (draft.belonging.place === "elsewhere")
      leaveOut(draft, `${draft.reason}: non serve`, draft.isSure);
  settlePlace(at("violation"));
  settleHome(at("home"));
}

function settlePlace(drafts: readonly Draft[]): void {
  const streets = listDrafts(drafts, "place", "street", "streetName", "wholeAddress");
  const [best, second] = streets;
  for (const draft of streets) {
    if (draft === best) {
      assignTarget(draft, "luogo");
      draft.meaning = "place";
      if (second !== undefined && best.column.weight - second.column.weight < 0.2)
        draft.isSure = false;
      continue;
    }
    draft.alternatives.push("luogo");
    leaveOut(draft, `anche «${best?.column.header ?? ""}» dice dove`, false);
  }
  const [number] = listDrafts(drafts, "streetNumber");
  const hasNumbers = best !== undefined && best.column.facts.share("streetNumbered") > 0.5;
  if (best !== undefined && number !== undefined && hasValues(number) && !hasNumbers) {
    assignTarget(best, { to: "luogo", join: " " });
    assignTarget(number, { to: "luogo", join: " " }, "il numero civico del luogo della violazione");
    number.meaning = "place";
    number.isSure = false;
  }
  for (const draft of drafts)
    if (
      /^(?:streetNumber|suffix|details|town|townProvince|capTown|cap|hamlet|province|state|streetType|careOf)$/.test(
        draft.meaning,
      )
    )
      leaveOut(
        draft,
        "è del luogo della violazione, che ha già la sua colonna",
        best !== undefined && draft.isSure,
      );
}

function settleHome(drafts: readonly Draft[]): void {
  for (const draft of listDrafts(drafts, "home")) settleVague(draft);
  for (const [meaning, field] of [
    ["cap", "cap"],
    ["hamlet", "frazione"],
    ["careOf", "presso"],
    ["state", "stato"],
  ] as const)
    keepBest(listDrafts(drafts, meaning), `${address}.${field}`);
  settleTown(drafts);
  settleStreet(drafts);
  joinDetails(listDrafts(drafts, "details"));
}

/** `Residenza`: a street, a town or all of it, by what stands there. */
function settleVague(draft: Draft): void {
  const { facts } = draft.column;
  const meanings = ["wholeAddress", "capTown", "townProvince", "street", "town"] as const;
  const found = meanings.find((meaning) => facts.share(meaning) > 0.5);
  draft.meaning = found ?? "street";
  draft.isSure = found !== undefined;
}

function settleTown(drafts: readonly Draft[]): void {
  const [town, ...twins] = listDrafts(drafts, "town", "townProvince", "capTown");
  const [cap] = listDrafts(drafts, "cap");
  const [province] = listDrafts(drafts, "province");
  keepBest(listDrafts(drafts, "province"), `${address}.provincia`);
  if (town === undefined) return;
  for (const twin of twins) leaveOut(twin, `anche «${town.column.header}» porta il comune`, false);
  const { facts } = town.column;
  const hasProvince =
    facts.share("townProvince") > 0.5 ||
    town.column.facts.values.filter((text) => /[( ][A-Z]{2}\)?$/.test(text)).length >
      facts.distinct * 0.6;
  const hasCap = facts.share("capTown") > 0.5;
  if (hasCap && cap === undefined)
    assignTarget(town, {
      split: hasProvince && province === undefined ? "cap-comune-provincia" : "cap-comune",
    });
  else if (
    hasProvince &&
    (facts.share("townProvince") > 0.5 || town.meaning === "townProvince") &&
    province === undefined
  )
    assignTarget(town, { split: "comune-provincia" });
  else assignTarget(town, `${address}.comune`);
  if (typeof town.target === "string" && (hasCap || facts.share("townProvince") > 0.5)) {
    town.isSure = false;
    town.reason = `${town.reason}; la cella contiene anche altro`;
  }
}

function settleStreet(drafts: readonly Draft[]): void {
  const field = `${address}.via`;
  const [whole] = listDrafts(drafts, "wholeAddress");
  nameStreet(drafts);
  const [type] = listDrafts(drafts, "streetType");
  const [street, ...twins] = listDrafts(drafts, "street", "streetName");
  const [number] = listDrafts(drafts, "streetNumber");
  const hasTown = listDrafts(drafts, "town", "townProvince", "capTown").length > 0;
  if (whole !== undefined) {
    if (street === undefined && !hasTown) assignTarget(whole, { split: "indirizzo" });
    else if (street === undefined) {
      assignTarget(
        whole,
        { split: "via-civico" },
        "la cella ha anche il comune, che ha una colonna sua",
      );
      whole.isSure = false;
    } else leaveOut(whole, "via e comune hanno colonne proprie", false);
  }
  if (street === undefined) {
    if (type !== undefined) leaveOut(type, "manca il nome della via", false);
    if (number !== undefined) assignTarget(number, `${address}.civico`);
    return;
  }
  for (const twin of twins) leaveOut(twin, `anche «${street.column.header}» porta la via`, false);
  const { facts } = street.column;
  const isOpen = number === undefined || !hasValues(number);
  const isSplit = facts.values.some((text) => splitStreet(text).parts["civico"] !== undefined);
  if (isOpen && isSplit) {
    assignTarget(street, { split: "via-civico" });
    street.alternatives.push(field);
    street.reason = `${street.reason}; la cella ha anche il numero civico`;
    if (number !== undefined) leaveOut(number, "la colonna è vuota, il civico è nella via", true);
    if (type !== undefined) leaveOut(type, "la via si divide da sé", false);
    return;
  }
  if (type !== undefined) {
    const isRepeated = hasValues(street) && facts.share("street") > 0.8;
    if (isRepeated) leaveOut(type, "il tipo è già nella via", true);
    else {
      assignTarget(type, { to: field, join: " " });
      assignTarget(street, { to: field, join: " " });
    }
  }
  if (street.target === null || typeof street.target === "string") assignTarget(street, field);
  if (!isOpen && facts.share("streetNumbered") > 0.6) {
    street.isSure = false;
    street.reason = `${street.reason}; anche la via porta numeri`;
  }
  settleNumber(drafts);
}

/** Programs call the name of a street «toponimo» too: it is the one with more values. */
function nameStreet(drafts: readonly Draft[]): void {
  const types = listDrafts(drafts, "streetType");
  if (types.length < 2 || listDrafts(drafts, "street", "streetName").length > 0) return;
  const [name] = types.toSorted(
    (left, right) => right.column.facts.distinct - left.column.facts.distinct,
  );
  if (name !== undefined) name.meaning = "streetName";
}

function settleNumber(drafts: readonly Draft[]): void {
  const field = `${address}.civico`;
  const numbers = listDrafts(drafts, "streetNumber");
  const [number] = numbers;
  const [suffix, ...more] = listDrafts(drafts, "suffix");
  keepBest(numbers, field);
  for (const other of more) leaveOut(other, "c'è già un esponente", false);
  if (suffix === undefined) return;
  if (number === undefined) return leaveOut(suffix, "manca il numero civico", false);
  assignTarget(number, { to: field, join: "/" });
  assignTarget(suffix, { to: field, join: "/" });
}

function joinDetails(columns: readonly Draft[]): void {
  for (const draft of columns) {
    assignTarget(
      draft,
      columns.length === 1 ? `${address}.dettagli` : { to: `${address}.dettagli`, join: " " },
    );
    if (columns.length > 1) draft.isSure = false;
  }
}
