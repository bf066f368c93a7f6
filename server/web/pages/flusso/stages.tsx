/** The way of a flusso by the buttons that an office knows, where a person agrees before each: prints, signature, transmission, IUN. */
/** @jsxImportSource ../../markup */
import type { RunView } from "../../../history/run-view.ts";
import { formatNumber } from "../../../words/format.ts";
import { buildRunUrl } from "../../urls.ts";
import { Icon } from "../icon.tsx";

/** What an office calls the steps before which it agrees; any other is called by its title. */
const officeWords: Readonly<Record<string, string>> = {
  render: "Stampe SEND",
  sign: "Firma Doc SEND",
  transmit: "Trasmetti SEND",
  "import-iun": "Importa IUN",
};

/** Nothing where nobody is asked. */
export function Stages({ view }: { readonly view: RunView }) {
  const { run, steps, gates, asks, progress } = view;
  if (gates.length === 0) return null;
  const asked = asks.find(({ kind }) => kind === "approval")?.step ?? null;
  return (
    <ol class="stages" data-live="stages" aria-label="Benestare, in ordine">
      {gates.map((id) => {
        const index = steps.findIndex((step) => step.id === id);
        const { uses = id, title = id } = steps[index] ?? {};
        const { done = 0, expected = 0 } = progress[index] ?? {};
        const word = officeWords[uses] ?? title;
        if (id === asked)
          return (
            <li class="now">
              <a class="button" href={`${buildRunUrl(run.id)}#richiesta`}>
                {word}
              </a>
              <span class="sub">serve il benestare</span>
            </li>
          );
        const isDone = done > 0;
        return (
          <li class={isDone ? "done" : "later"}>
            <span class="stage">
              <Icon name={isDone ? "check" : "dots"} />
              {word}
            </span>
            <span class="sub">
              {isDone ? `${formatNumber(done)} di ${formatNumber(expected)}` : "viene dopo"}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
