/** Tells TypeScript that the editor is imported as text. */
declare const text: string;
export default text;
