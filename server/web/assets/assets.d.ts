/** Tells TypeScript that style, icon and guide are imported as text, a font as the path of its file. */
declare module "*.css" {
  const text: string;
  export default text;
}

declare module "*.svg" {
  const text: string;
  export default text;
}

declare module "*.woff2" {
  const path: string;
  export default path;
}

declare module "idiomorph/dist/idiomorph.min.js" {
  const text: string;
  export default text;
}

declare module "*.md" {
  const text: string;
  export default text;
}

declare module "*/minisearch/dist/umd/index.js" {
  const text: string;
  export default text;
}
