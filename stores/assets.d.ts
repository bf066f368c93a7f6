/** Tells TypeScript that SQL is imported as text. */
declare module "*.sql" {
  const text: string;
  export default text;
}
