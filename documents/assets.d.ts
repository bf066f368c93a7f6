/** Files that are imported as they are: a path for binary ones, their text for the others; Bun packs them into the single-file binary. */
declare module "*.ttf" {
  const path: string;
  export default path;
}
declare module "*.icc" {
  const path: string;
  export default path;
}
declare module "*.svg" {
  const text: string;
  export default text;
}
declare module "*.yaml" {
  const text: string;
  export default text;
}
