import type { ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";

const compiled = new WeakMap<object, ValidateFunction>();
const ajv = new Ajv2020({ strict: false, allErrors: true });

/** What is wrong with a value, by a schema of the described API. */
export function validate(schema: object, value: unknown, components: object): string[] {
  const check = compiled.get(schema) ?? ajv.compile({ ...schema, components });
  compiled.set(schema, check);
  return check(value)
    ? []
    : (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
