/** The small pieces that the schemas of a file of tests are made of. */
import { Type } from "typebox";

export const closedObject = { additionalProperties: false } as const;
export const defineText = (description: string) => Type.Optional(Type.String({ description }));
export const defineCount = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 0, description }));
export const chooseOf = <Word extends string>(words: readonly Word[], description: string) =>
  Type.Unsafe<Word>(
    Type.Union(
      words.map((word) => Type.Literal(word)),
      { description },
    ),
  );
