/** Tells TypeScript that the script of the sheet is imported as text. */
declare const text: string;
export default text;
