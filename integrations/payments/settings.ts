/** The `payments:` part of an ente file: the choice of a payment system, what all of them read, and what each adds. */
import { Type, type Static } from "typebox";
import * as table from "./adapters.ts";
import { sharedFields } from "./shared-settings.ts";

type Table = typeof table;
type Joined<Union> = (Union extends unknown ? (one: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;
type OwnFields = Joined<Table[keyof Table]["settings"]>;

const names = Object.keys(table) as (keyof Table)[];
const ownFields = Object.assign(
  {},
  ...Object.values(table).map(({ settings }) => settings),
) as OwnFields;

export const PaymentsSettings = Type.Object(
  {
    adapter: Type.Unsafe<keyof Table>(
      Type.Union(
        names.map((name) => Type.Literal(name)),
        { default: "gpd", description: "Sistema dei pagamenti dell'ente" },
      ),
    ),
    ...sharedFields,
    ...ownFields,
  },
  { title: "Pagamenti", additionalProperties: false },
);
export type PaymentsSettings = Static<typeof PaymentsSettings>;
