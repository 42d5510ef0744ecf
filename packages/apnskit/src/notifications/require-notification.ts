import { otherCopy } from "@apnskit/connection/internal";
import { InvalidNotification } from "../errors.ts";
import { Notification } from "./notification.ts";
import { receivedType } from "./received.ts";

/** Whether a function of this copy of the library made the value. */
export function isNotification(value: unknown): value is Notification {
  return value instanceof Notification;
}

/** @throws InvalidNotification for a value that no function of this copy of the library made */
export function requireNotification(
  value: unknown,
  makers = "alert(), raw() or another of them",
): asserts value is Notification {
  if (isNotification(value)) return;
  const problem = otherCopy("Notification", value) ?? `must be made by ${makers}${hint(value)}`;
  throw new InvalidNotification("notification", "invalid", problem);
}

/** The value may be the JSON of a notification, from a job queue. */
function hint(value: unknown): string {
  const { version, kind, payload } = (value ?? {}) as Record<string, unknown>;
  const isJson = version !== undefined && typeof kind === "string" && typeof payload === "string";
  const isText = typeof value === "string" && value.startsWith("{");
  if (isJson || isText) return "; Notification.fromJSON() reads the JSON of one";
  return `; received ${receivedType(value)}`;
}
