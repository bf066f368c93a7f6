/** What is used of saxen, which ships no types. */
declare module "saxen" {
  export class Parser {
    on(
      event: "openTag",
      take: (name: string, attributes: () => Readonly<Record<string, string>>) => void,
    ): this;
    on(event: "closeTag", take: (name: string) => void): this;
    on(event: "text", take: (text: string, decode: (text: string) => string) => void): this;
    on(event: "cdata", take: (text: string) => void): this;
    on(event: "warn", take: (warning: Error) => void): this;
    parse(xml: string): void;
  }
}
