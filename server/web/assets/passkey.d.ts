/** Tells TypeScript that the script of passkeys is imported as text. */
declare const text: string;
export default text;
