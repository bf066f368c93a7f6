/** The notifications of one violation on the page of one of them, and where the next one is made. */
/** @jsxImportSource ../../markup */
import type { ChainLink } from "../../../../integrations/register/chain.ts";
import { describeLink } from "../../../words/chain-words.ts";
import { buildVerbaleUrl } from "../../urls.ts";

interface ChainProps {
  readonly ente: string;
  readonly numero: string;
  /** From the first to the last. */
  readonly chain: readonly ChainLink[];
}

/** Nothing where it was notified once. */
export function Chain({ ente, numero, chain }: ChainProps) {
  if (chain.length < 2) return null;
  return (
    <section class="chain" aria-labelledby="titolo-catena">
      <h2 id="titolo-catena">Una storia sola: le notifiche di questa violazione</h2>
      <ol>
        {chain.map((link) => (
          <li>
            <LinkName ente={ente} link={link} isThis={link.numero === numero} />
            {link.iun !== null && <code class="sub">{link.iun}</code>}
            <span class="sub">{describeLink(link)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** One that Postino did not send has no page. */
function LinkName({
  ente,
  link: { numero, sentAt },
  isThis,
}: {
  readonly ente: string;
  readonly link: ChainLink;
  readonly isThis: boolean;
}) {
  if (isThis) return <strong aria-current="true">{numero} (questa)</strong>;
  if (sentAt === null) return <strong>{numero}</strong>;
  return <a href={buildVerbaleUrl(ente, numero)}>{numero}</a>;
}
