/** What people call the kinds of what they look for. */

const kindWords: Readonly<Record<string, string>> = {
  numero: "numero",
  protocollo: "protocollo",
  iuv: "IUV",
  avviso: "codice avviso",
  iun: "IUN",
  token: "token di SEND",
  codiceFiscale: "codice fiscale",
  targa: "targa",
  nome: "nome",
};

/** `numero, protocollo`; where only the end of some code fits, so it is said. */
export function describeKinds(kinds: readonly string[]): string {
  if (kinds.length === 0) return "fine di un codice";
  return kinds.map((kind) => kindWords[kind] ?? kind).join(", ");
}
