/** Tells TypeScript that lists of words are imported as text. */
declare module "*.txt" {
  const text: string;
  export default text;
}
