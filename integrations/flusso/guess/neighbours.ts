/** What a short name means by the columns beside it: `N.` behind a street, `Località` beside a CAP. */
import type { Settled } from "./settle.ts";

/** The columns, those that their neighbours explain settled again. */
export function settleByNeighbours(columns: readonly Settled[]): readonly Settled[] {
  return columns.map((column, index) => {
    const left = columns[index - 1]?.meaning ?? "";
    const right = columns[index + 1]?.meaning ?? "";
    const { facts } = column;
    const isNumber = /^(?:n|nr|num|no|n°|nro|numero|civ)[.°]?$/i.test(column.header.trim());
    const isBehindStreet = /^(?:street|streetName|home|place)$/.test(left);
    if (isNumber && isBehindStreet && facts.share("streetNumber") > 0.8)
      return settle(column, "streetNumber", "il numero dietro la via");
    const isTown =
      facts.share("town") >= 0.6 || facts.share("townProvince") + facts.share("capTown") > 0.5;
    const isByCap = [left, right].some((meaning) => meaning === "cap" || meaning === "province");
    if (column.meaning === "place" && column.isVague && isTown && isByCap) {
      const meanings = ["capTown", "townProvince"] as const;
      const more = meanings.find((meaning) => facts.share(meaning) > 0.5);
      return settle(column, more ?? "town", "i valori sono comuni, accanto a CAP o provincia");
    }
    if (column.meaning === "letter" && !/^(?:article|comma)$/.test(left))
      return /^(?:number|year)$/.test(left)
        ? settle(column, "series", "la lettera dietro il numero")
        : { ...column, isSure: false };
    const isState = column.meaning === "state" && column.isVague;
    if (isState && /^(?:cap|town|hamlet|province)$/.test(left))
      return settle(column, "state", `${column.reason}, accanto all'indirizzo`);
    return column;
  });
}

function settle(column: Settled, meaning: string, reason: string): Settled {
  return {
    ...column,
    meaning,
    reason,
    isSure: true,
    isVague: false,
    weight: 1,
    others: [column.meaning],
  };
}
