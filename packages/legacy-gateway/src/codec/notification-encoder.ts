import type { LegacyNotification } from "./frames.ts";
import { ITEM_HEADER, Item } from "./limits.ts";

/**
 * Input of {@link encodeNotification}. Absent fields are left out if the command allows it, and are 0
 * otherwise.
 */
export type LegacyNotificationInit = Pick<LegacyNotification, "command"> & {
  readonly token: Uint8Array;
  readonly payload: Uint8Array;
} & Partial<Pick<LegacyNotification, "identifier" | "expiry" | "priority">>;

/**
 * A notification as a client sends it. Also writes lengths that a server refuses: the encoder serves test
 * clients.
 *
 * @throws RangeError from Node.js for a number that does not fit its field
 */
export function encodeNotification(notification: LegacyNotificationInit): Buffer {
  const { command, token, payload, identifier = 0, expiry = 0 } = notification;
  if (command === 2) return encodeItems(notification);
  const header = command === 0 ? 1 : 9;
  const frame = Buffer.allocUnsafe(header + 2 + token.length + 2 + payload.length);
  frame[0] = command;
  if (command === 1) frame.writeUInt32BE(expiry, frame.writeUInt32BE(identifier, 1));
  let at = frame.writeUInt16BE(token.length, header);
  frame.set(token, at);
  at = frame.writeUInt16BE(payload.length, at + token.length);
  frame.set(payload, at);
  return frame;
}

function encodeItems({ token, payload, identifier, expiry, priority }: LegacyNotificationInit): Buffer {
  const items = [item(Item.token, token), item(Item.payload, payload)];
  if (identifier !== undefined) items.push(item(Item.identifier, uint32(identifier)));
  if (expiry !== undefined) items.push(item(Item.expiry, uint32(expiry)));
  if (priority !== undefined) items.push(item(Item.priority, Buffer.of(priority)));
  const data = Buffer.concat(items);
  return Buffer.concat([Buffer.of(2), uint32(data.length), data]);
}

function item(id: number, data: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(ITEM_HEADER + data.length);
  bytes[0] = id;
  bytes.writeUInt16BE(data.length, 1);
  bytes.set(data, ITEM_HEADER);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
