/** Characters in codes that do not show, or that look like others: taken out where nothing is lost, else told by number and place. */

/** Blanks of any width, marks of direction and of line breaking, soft hyphens, byte order marks. */
const invisible = /[\s\p{Default_Ignorable_Code_Point}\p{Cf}]/gu;
const dashes = /[\u2010-\u2015\u2212\u2043\uFE58\uFE63\uFF0D]/gu;

/** Letters of other alphabets that look like those of ours. */
const letters: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ["ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"],
    ["αικνορυχ", "aiKvopux"],
    ["АВЕЅІЈКМНОРСТУХ", "ABESIJKMHOPCTYX"],
    ["аеѕіјорсух", "aesijopcyx"],
    ["ԁԛԝһ", "dqwh"],
    ["٠١٢٣٤٥٦٧٨٩", "0123456789"],
    ["۰۱۲۳۴۵۶۷۸۹", "0123456789"],
  ].flatMap(([from = "", to = ""]) => Array.from(from, (letter, at) => [letter, to[at] ?? ""])),
);

/** Such a code is clean, as nearly all are: each verbale has a dozen, and each of the steps below costs as much as all the rest. */
const plain = /^[!-~]*$/;

/** A code without what does not show; wide forms (`Ａ`, `０`) as the plain ones that they are, dashes of every length as `-`. */
export function cleanCode(text: string): string {
  if (plain.test(text)) return text;
  return text.normalize("NFKC").replace(invisible, "").replace(dashes, "-");
}

/** As `cleanCode`, for codes of several words: the blanks between them stay, single. */
export function cleanWords(text: string): string {
  const words = text.normalize("NFC").split(/[\s\u00A0\u2000-\u200A\u202F\u205F\u3000]+/u);
  return words
    .map((word) => word.replace(invisible, "").replace(dashes, "-"))
    .filter((word) => word !== "")
    .join(" ");
}

/** Two numbers that a person reads as the same are the same here: capitals, blanks, dashes and what does not show do not count. */
export function foldCode(text: string): string {
  if (plain.test(text)) return text.toUpperCase();
  return Array.from(cleanCode(text), (letter) => letters[letter] ?? letter)
    .join("")
    .toUpperCase();
}

/** `U+0410 al 3º posto, che sembra «A»`: the characters that no code has and that a person would not see; empty when there are none. */
export function describeLookAlikes(code: string): readonly string[] {
  if (plain.test(code)) return [];
  return Array.from(code).flatMap((character, at) => {
    if (/[\u0020-\u007E]/.test(character)) return [];
    const number = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
    const alike = letters[character];
    return [`${number} al ${at + 1}º posto${alike === undefined ? "" : `, che sembra «${alike}»`}`];
  });
}
