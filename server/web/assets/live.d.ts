/** Tells TypeScript that the browser's script is imported as text; used by server/web/routes/assets.ts. */
declare const text: string;
export default text;
