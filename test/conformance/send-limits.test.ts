/** The table of limits per request version, held against SEND's OpenAPI files where they are at hand. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { requestLimits, type RequestVersion } from "../../integrations/send/wire.ts";
import { contractsFolder, hasContracts } from "./send-openapi.ts";

if (!hasContracts) console.warn("send-limits: skipped, SEND's OpenAPI files are not at hand");

interface Schema {
  readonly $ref?: string;
  readonly maxLength?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
}

/** Reads one schema file; `at` follows property names from a schema, through `$ref`, `items` and `allOf`. */
function reader(file: string) {
  const { components } = parse(readFileSync(join(contractsFolder, file), "utf8")) as {
    readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
  };
  const resolved = (schema: Schema | undefined): Schema => {
    if (schema?.$ref !== undefined)
      return resolved(components.schemas[schema.$ref.split("/").at(-1) ?? ""]);
    if (schema?.items !== undefined) return resolved(schema.items);
    if (schema?.allOf === undefined) return schema ?? {};
    const parts = schema.allOf.map(resolved);
    return {
      properties: Object.assign(
        {},
        schema.properties,
        ...parts.map(({ properties }) => properties),
      ),
      required: parts.flatMap(({ required = [] }) => required),
    };
  };
  return (name: string, path: readonly string[]): Schema => {
    let schema = resolved(components.schemas[name]);
    for (const step of path) schema = resolved(schema.properties?.[step]);
    return schema;
  };
}

const files: Readonly<Record<RequestVersion, string>> = {
  "2.4": "delivery-2.24/api-delivery-B2B-aws.yaml",
  "2.5": "delivery-2.24/api-delivery-B2B-aws.yaml",
  "2.6": "delivery-2.25-rc/api-delivery-B2B-aws.yaml",
};

test.skipIf(!hasContracts).each(["2.4", "2.5", "2.6"] as const)(
  "v%s: lengths, priority and address are those of the OpenAPI",
  (version) => {
    const at = reader(files[version]);
    const request = `NewNotificationRequestV${version.replace(".", "")}`;
    const most = (...path: string[]): number | undefined => at(request, path).maxLength;
    const address = (part: string) => most("recipients", "physicalAddress", part);
    const { path, documents, recipients, ...limits } = requestLimits[version];

    expect(path).toBe(`/delivery/v${version}/requests`);
    // Not of the schema: pn-delivery's own.
    expect([documents, recipients]).toEqual([15, 15]);
    expect({ ...limits }).toEqual({
      hasPriority: at(request, []).properties?.["physicalCommunicationPriority"] !== undefined,
      physicalAddressRequired:
        at(request, ["recipients"]).required?.includes("physicalAddress") ?? false,
      protocol: most("paProtocolNumber"),
      idempotenceToken: most("idempotenceToken"),
      subject: most("subject"),
      abstract: most("abstract"),
      denomination: most("recipients", "denomination"),
      senderDenomination: most("senderDenomination"),
      group: most("group"),
      documentTitle: most("documents", "title"),
      at: address("at"),
      address: address("address"),
      addressDetails: address("addressDetails"),
      zip: address("zip"),
      municipality: address("municipality"),
      municipalityDetails: address("municipalityDetails"),
      province: address("province"),
      foreignState: address("foreignState"),
      pec: most("recipients", "digitalDomicile", "address"),
    } as typeof limits);
  },
);
