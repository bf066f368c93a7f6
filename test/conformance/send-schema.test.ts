/** The gateway schemas of the simulated SEND beside those of the official OpenAPI: walked together, every difference is listed. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { gatewaySchemas, type GatewayBody } from "../../simulators/send/checks/schema.ts";
import { contractsFolder, hasContracts } from "./send-openapi.ts";

if (!hasContracts) console.warn("send-schema: skipped, SEND's OpenAPI files are not at hand");
type Node = Readonly<Record<string, unknown>>;

/** What a schema demands; the rest (descriptions, formats that the gateway does not check, examples) changes no verdict. */
const demands = [
  "type",
  "pattern",
  "minLength",
  "maxLength",
  "minimum",
  "maximum",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
  "uniqueItems",
  "nullable",
  "additionalProperties",
  "enum",
] as const;

const files = new Map<string, Node>();

function schemasOf(file: string): Node {
  let schemas = files.get(file);
  if (schemas === undefined) {
    const api = parse(readFileSync(join(contractsFolder, file), "utf8")) as {
      components: { schemas: Node };
    };
    schemas = api.components.schemas;
    files.set(file, schemas);
  }
  return schemas;
}

/** A schema without references and without `allOf`, which OpenAPI uses to inherit. */
function flat(schema: Node, schemas: Node): Node {
  const { $ref, allOf, ...own } = schema as Node & { $ref?: string; allOf?: readonly Node[] };
  const parts = [...(allOf ?? [])];
  if ($ref !== undefined) parts.unshift(schemas[$ref.split("/").at(-1) ?? ""] as Node);
  let whole: Node = {};
  for (const part of [...parts.map((each) => flat(each, schemas)), own as Node])
    whole = {
      ...whole,
      ...part,
      properties: { ...(whole["properties"] as Node), ...(part["properties"] as Node) },
      required: [
        ...((whole["required"] as readonly string[] | undefined) ?? []),
        ...((part["required"] as readonly string[] | undefined) ?? []),
      ],
    };
  return whole;
}

function* differences(ours: Node, theirs: Node, schemas: Node, path: string): Generator<string> {
  const [mine, official] = [flat(ours, {}), flat(theirs, schemas)];
  for (const demand of demands) {
    const [left, right] = [told(mine[demand]), told(official[demand])];
    // Here false is a demand: unknown fields are refused.
    if (demand === "additionalProperties" && mine[demand] !== official[demand])
      yield `${path} ${demand}: ours ${String(mine[demand])}, official ${String(official[demand])}`;
    else if (left !== right) yield `${path} ${demand}: ours ${left}, official ${right}`;
  }
  const lacks = [sorted(mine["required"]), sorted(official["required"])];
  if (lacks[0] !== lacks[1]) yield `${path} required: ours ${lacks[0]}, official ${lacks[1]}`;
  const left = (mine["properties"] ?? {}) as Readonly<Record<string, Node>>;
  const right = (official["properties"] ?? {}) as Readonly<Record<string, Node>>;
  for (const name of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const [one, other] = [left[name], right[name]];
    if (one === undefined || other === undefined)
      yield `${path}.${name}: ${one === undefined ? "only official" : "only ours"}`;
    else yield* differences(one, other, schemas, `${path}.${name}`);
  }
  const [item, officialItem] = [mine["items"], official["items"]] as (Node | undefined)[];
  if (item !== undefined && officialItem !== undefined)
    yield* differences(item, officialItem, schemas, `${path}[]`);
  else if (item !== officialItem) yield `${path}[]: items on one side only`;
}

function told(value: unknown): string {
  // What demands nothing is as good as absent: `nullable: false`, `minLength: 0`. Alternatives have no order.
  return value === undefined || value === false || value === 0
    ? "none"
    : JSON.stringify(Array.isArray(value) ? value.map(String).toSorted() : value);
}

function sorted(names: unknown): string {
  return [...new Set((names ?? []) as readonly string[])].toSorted().join(" ");
}

const delivery = "delivery-2.24/api-delivery-B2B-aws.yaml";
const next = "delivery-2.25-rc/api-delivery-B2B-aws.yaml";
const streams = "streams-2.8/pn-stream-api-external-bundle.yaml";

/** What differs on purpose in the requests. */
const ofRequests = [
  // The OpenAPI forgets it: a scalar passes the gateway and fails in pn-delivery's parser, with a 400 too.
  '.recipients[].payments[] type: ours "object", official none',
  // The bound stands with the texts, where it bounds nothing, instead of with their list: pn-delivery counts (V-19).
  ".additionalLanguages[] maxItems: ours none, official 1",
];

/** Our schema, the file and the name of theirs, and the differences that are meant. */
const compared: readonly (readonly [GatewayBody, string, string, readonly string[]])[] = [
  ["2.4", delivery, "NewNotificationRequestV24", ofRequests],
  ["2.5", delivery, "NewNotificationRequestV25", ofRequests],
  ["2.6", next, "NewNotificationRequestV26", ofRequests],
  ["stream", streams, "StreamCreationRequestV28", []],
  ["paymentEvents", delivery, "PaymentEventsRequestPagoPa", []],
];

describe.skipIf(!hasContracts)("the gateway's schemas", () => {
  test.each(compared)("of %s are those of %s %s", (body, file, name, known) => {
    const schemas = schemasOf(file);

    const found = [...differences(gatewaySchemas[body], schemas[name] as Node, schemas, name)];

    expect(found).toEqual(known.map((difference) => `${name}${difference}`));
  });

  test("of the preload are the item's of the OpenAPI, with the bounds of its operation", () => {
    const schemas = schemasOf(delivery);
    const api = parse(readFileSync(join(contractsFolder, delivery), "utf8")) as {
      paths: Record<
        string,
        { post: { requestBody: { content: Record<string, { schema: Node }> } } }
      >;
    };
    const theirs =
      api.paths["/attachments/preload"]?.post.requestBody.content["application/json"]?.schema ?? {};

    const found = [...differences(gatewaySchemas.preload, theirs, schemas, "preload")];

    expect(found).toEqual([]);
  });

  test("are walked to their leaves: a spoilt copy is told apart", () => {
    const schemas = structuredClone(schemasOf(delivery)) as Record<string, Node>;
    const recipients = JSON.stringify(schemas["NotificationRecipientV24"]);
    schemas["NotificationRecipientV24"] = JSON.parse(
      recipients.replace('"additionalProperties":false', '"additionalProperties":true'),
    ) as Node;

    const found = [
      ...differences(
        gatewaySchemas["2.5"],
        schemas["NewNotificationRequestV25"] as Node,
        schemas,
        "V25",
      ),
    ];

    expect(found).toEqual([
      "V25.recipients[] additionalProperties: ours false, official true",
      ...ofRequests.map((difference) => `V25${difference}`),
    ]);
  });
});
