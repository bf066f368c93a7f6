/** The notifications whose place another one takes. */
import { readChain } from "../../integrations/register/chain.ts";
import type { RegisterReader } from "../../integrations/register/port.ts";
import type { Verbale } from "../schemas/verbale.ts";

/** Numbers and IUNs, from the first notification of the violation to the one that is notified anew; none where it is notified for the first time. */
export async function listOrigins(
  { rinotifica }: Pick<Verbale, "rinotifica">,
  register: RegisterReader,
): Promise<readonly string[]> {
  const origine = rinotifica?.origine;
  if (origine === undefined) return [];
  const chain = await readChain(register, origine);
  const end = chain.findLastIndex(({ numero, iun }) => numero === origine || iun === origine);
  const before = chain.slice(0, end + 1);
  return [
    origine,
    ...before.flatMap(({ numero, iun }) => (iun === null ? [numero] : [numero, iun])),
  ];
}
