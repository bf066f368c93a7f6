/** Tells TypeScript that the browser's script is imported as text. */
declare const text: string;
export default text;
