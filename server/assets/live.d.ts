/** Tells TypeScript that the browser's script is imported as text; used by server/routes/assets.ts. */
declare const text: string;
export default text;
