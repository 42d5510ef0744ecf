import { otherCopy } from "@apnskit/connection/internal";
import { InvalidNotification } from "../errors.ts";
import { Notification } from "./notification.ts";

/** @throws InvalidNotification for a value that no function of this copy of the library has made */
export function requireNotification(
  value: unknown,
  makers = "alert(), raw() or another of them",
): asserts value is Notification {
  if (value instanceof Notification) return;
  const problem = otherCopy("Notification", value) ?? `must be made by ${makers}`;
  throw new InvalidNotification("notification", "invalid", problem);
}
