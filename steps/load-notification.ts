/** The source of the pipeline that cancels a notification: the one IUN that a person names. */
import { Type } from "typebox";
import { sourceStep } from "../integrations/services.ts";
import { IunField, iunPattern } from "./schemas/fields.ts";

export default sourceStep({
  title: "Notifica indicata",
  summary: "Prende la notifica di cui si indica lo IUN",
  config: Type.Object(
    {
      iun: Type.String({
        pattern: iunPattern,
        remedy: "uno IUN ha la forma ABCD-EFGH-ILMN-202611-N-1",
        description: "IUN della notifica, per esempio quello di un verbale concluso",
      }),
    },
    { additionalProperties: false },
  ),
  adds: IunField,
  takesFile: false,
  examples: ["iun: ABCD-EFGH-ILMN-202611-N-1\n"],
  async *run(ctx) {
    const { iun } = ctx.config;
    yield { key: iun, fields: { iun } };
  },
});
