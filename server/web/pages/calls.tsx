/** The calls of an attempt to outside services: to whom, what, when, how long, how each ended. */
/** @jsxImportSource ../markup */
import { toInstant } from "../../../engine/host/clock.ts";
import type { AttemptCalls } from "../../../engine/host/calls.ts";
import { countRepeat, formatCallEnd, isCallDone } from "../../words/call-words.ts";
import { formatNumber, formatSeconds, formatTimeSpan } from "../../words/format.ts";

export function Calls({ noted: { calls, left } }: { readonly noted: AttemptCalls }) {
  const count = calls.length + left;
  const failed = calls.filter((call) => !isCallDone(call)).length;
  return (
    <details class="calls">
      <summary>
        {count === 1 ? "Una chiamata" : `${formatNumber(count)} chiamate`}
        {failed > 0 && `, ${failed === 1 ? "una non riuscita" : `${failed} non riuscite`}`}
      </summary>
      <table class="plain calltable">
        <caption class="hidden">Chiamate ai servizi</caption>
        <thead>
          <tr>
            <th scope="col">Quando</th>
            <th scope="col">A chi</th>
            <th scope="col">Che cosa</th>
            <th scope="col">Durata</th>
            <th scope="col">Esito</th>
          </tr>
        </thead>
        <tbody>
          {calls.map(({ service, operation, at, ms, status, items }, place) => (
            <>
              {left > 0 && place === calls.length / 2 && (
                <tr>
                  <td colspan={5} class="muted">
                    … altre {formatNumber(left)} chiamate
                  </td>
                </tr>
              )}
              <tr>
                <td>
                  <time dateTime={toInstant(at)}>{formatSeconds(toInstant(at))}</time>
                </td>
                <td>{service}</td>
                <th scope="row">
                  {operation}
                  {countRepeat(calls, place) > 1 && ` (${countRepeat(calls, place)}ª volta)`}
                  {items > 1 && <span class="sub">per {formatNumber(items)} verbali insieme</span>}
                </th>
                <td class="amount">{formatTimeSpan(ms)}</td>
                <td>{formatCallEnd(status)}</td>
              </tr>
            </>
          ))}
        </tbody>
      </table>
    </details>
  );
}
