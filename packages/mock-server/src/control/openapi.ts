import type { GenericSchema } from "valibot";
import { errorSchema } from "./answer-schemas.ts";
import type { Route } from "./route.ts";

const VERSION = "1.0.0";
const JSON_TYPE = "application/json";

/**
 * Describes the endpoint (OpenAPI 3.1). Parameters and bodies come from the schemas that check them. Rules
 * beyond JSON Schema are checked by the endpoint only, which answers 400 with the field's name.
 */
export async function openApiDocument(routes: readonly Route[]): Promise<object> {
  const { toJsonSchema } = await import("@valibot/to-json-schema");
  const jsonSchema = (schema: GenericSchema): object => {
    const { $schema: _, ...rest } = toJsonSchema(schema, {
      // The dialect of OpenAPI 3.1.
      target: "draft-2020-12",
      errorMode: "ignore",
      overrideAction: ({ valibotAction, jsonSchema }) => {
        // Beyond the range of JSON numbers in use: no bound at all.
        const { type, requirement } = valibotAction as { type: string; requirement?: unknown };
        const isUnbounded = type === "max_value" && (requirement as number) >= Number.MAX_VALUE;
        return isUnbounded ? withoutMaximum(jsonSchema) : undefined;
      },
    });
    return rest;
  };
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const methods = paths[route.path] ?? {};
    methods[route.method.toLowerCase()] = operation(route, jsonSchema);
    paths[route.path] = methods;
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Control endpoint of apnskit-mock",
      version: VERSION,
      description:
        "Reads and changes the mock server. It asks for no credentials; requests of other web pages are refused.",
    },
    paths,
    components: { schemas: { Error: jsonSchema(errorSchema) } },
  };
}

function withoutMaximum(schema: object): object {
  const { maximum: _, ...rest } = schema as { maximum?: number };
  return rest;
}

type ToJson = (schema: GenericSchema) => object;

function operation(route: Route, jsonSchema: ToJson): object {
  const { method, path, does, query, parameter, body, answers } = route;
  const parameters = [
    ...(parameter
      ? [
          {
            name: parameter.name,
            in: "path",
            required: true,
            description: parameter.does,
            schema: { type: "string", minLength: 1 },
          },
        ]
      : []),
    ...Object.entries(query?.fields ?? {}).map(([name, field]) => ({
      name,
      in: "query",
      required: query!.required.includes(name),
      description: `It must be ${field.wanted}.`,
      schema: jsonSchema(field.schema),
    })),
  ];
  return {
    operationId: operationId(method, path),
    summary: does,
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        required: body.optional !== true,
        content: { [JSON_TYPE]: { schema: jsonSchema(body.schema) } },
      },
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, { does, schema, type }]) => [
          status,
          { description: does, ...content(status, schema && jsonSchema(schema), type) },
        ]),
      ),
      default: { description: "It was refused.", content: { [JSON_TYPE]: { schema: ERROR } } },
    },
  };
}

const ERROR = { $ref: "#/components/schemas/Error" };

function content(status: string, schema: object | undefined, type: string | undefined): object {
  if (status === "204") return {};
  if (type !== undefined) return { content: { [type]: { schema: { type: "string" } } } };
  return {
    content: { [JSON_TYPE]: { schema: schema ?? (Number(status) >= 400 ? ERROR : { type: "object" }) } },
  };
}

/** `GET /ledger/{id}` is `getLedgerById`. */
function operationId(method: string, path: string): string {
  const words = path
    .split(/[/.-]/)
    .filter((word) => word !== "")
    .map((word) => (word.startsWith("{") ? `By${capital(word.slice(1, -1))}` : capital(word)));
  return `${method.toLowerCase()}${words.join("") || "Server"}`;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
