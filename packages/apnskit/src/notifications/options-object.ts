import { InvalidNotification } from "../errors.ts";
import { receivedType } from "./received.ts";

/** @throws InvalidNotification, with an example of the options, for a value that is not an object */
export function assertOptions(options: unknown, example: string): asserts options is object {
  if (typeof options === "object" && options !== null && !Array.isArray(options)) return;
  const problem = options === undefined ? "missing" : "invalid";
  const message = `must be an object such as ${example}; received ${options === null ? "null" : receivedType(options)}`;
  throw new InvalidNotification("options", problem, message);
}
