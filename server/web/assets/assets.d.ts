/** Tells TypeScript that style and icon are imported as text; used by server/web/routes/assets.ts. */
declare module "*.css" {
  const text: string;
  export default text;
}

declare module "*.svg" {
  const text: string;
  export default text;
}
