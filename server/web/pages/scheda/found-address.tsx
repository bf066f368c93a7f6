/** Where a rejected verbale's recipient lives by ANPR, above the sheet. */
/** @jsxImportSource ../../markup */
import type { FoundResidence } from "../../../../integrations/register/kinds.ts";
import { formatDay } from "../../../words/format.ts";

/** What ANPR says, and the button that takes it. */
export function FoundAddress({ found }: { readonly found: FoundResidence | null }) {
  const people = found?.people ?? [];
  if (found === null || people.length === 0) return null;
  return (
    <fieldset class="card">
      <legend>Residenza in ANPR, chiesta il {formatDay(found.askedOn)}</legend>
      {people.map(({ recipient, since, address }) => (
        <div class="places">
          <span>
            {recipient === 0 ? "" : `Destinatario ${recipient + 1}: `}
            {formatFoundAddress(address)}
            {since === null ? "" : `, dal ${formatDay(since)}`}
          </span>
          {recipient === 0 && (
            <button
              type="submit"
              name="indirizzo-trovato"
              value="anpr"
              class="button secondary small"
            >
              Usa questo indirizzo
            </button>
          )}
        </div>
      ))}
    </fieldset>
  );
}

function formatFoundAddress(address: Readonly<Record<string, string>>): string {
  const { via, civico, presso, dettagli, cap, comune, frazione, provincia } = address;
  const parts = [
    presso === undefined ? undefined : `presso ${presso}`,
    [via, civico].filter((part) => part !== undefined).join(" "),
    dettagli,
    frazione,
    [cap, comune, provincia === undefined || provincia === "" ? undefined : `(${provincia})`]
      .filter((part) => part !== undefined && part !== "")
      .join(" "),
  ];
  return parts.filter((part) => part !== undefined && part !== "").join(", ");
}
