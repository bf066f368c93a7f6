/** Files that are imported as they are: a path, which Bun also packs into the single-file binary. */
declare module "*.csv" {
  const path: string;
  export default path;
}
