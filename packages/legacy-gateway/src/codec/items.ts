import type { Frame, MalformedFrame } from "./frames.ts";
import { ITEM_HEADER, Item, TOKEN_LIMIT } from "./limits.ts";
import { Status } from "./status.ts";

/**
 * Reads the items of a whole frame of command 2.
 *
 * Unknown items, repeated items and items of the wrong length are protocol errors. The search for the
 * identifier still goes on to the end, so the client learns which notification was wrong.
 *
 * @param from where the first item begins
 * @param end where the frame ends
 */
export function readItems(bytes: Buffer, from: number, end: number, payloadLimit: number): Frame {
  let token: Buffer | undefined;
  let payload: Buffer | undefined;
  let identifier: number | undefined;
  let expiry: number | undefined;
  let priority: number | undefined;
  let isBroken = false;
  let at = from;
  while (at < end) {
    if (end - at < ITEM_HEADER) return malformed(Status.protocolError, identifier);
    const length = (bytes[at + 1]! << 8) | bytes[at + 2]!;
    const data = at + ITEM_HEADER;
    const next = data + length;
    if (next > end) return malformed(Status.protocolError, identifier);
    switch (bytes[at]) {
      case Item.token:
        if (token !== undefined) isBroken = true;
        token = bytes.subarray(data, next);
        break;
      case Item.payload:
        if (payload !== undefined) isBroken = true;
        payload = bytes.subarray(data, next);
        break;
      case Item.identifier:
        if (identifier !== undefined || length !== 4) isBroken = true;
        else identifier = bytes.readUInt32BE(data);
        break;
      case Item.expiry:
        if (expiry !== undefined || length !== 4) isBroken = true;
        else expiry = bytes.readUInt32BE(data);
        break;
      case Item.priority:
        if (priority !== undefined || length !== 1 || (bytes[data] !== 10 && bytes[data] !== 5))
          isBroken = true;
        else priority = bytes[data]!;
        break;
      default:
        isBroken = true;
    }
    at = next;
  }
  if (isBroken) return malformed(Status.protocolError, identifier);
  const status = statusOfLengths(token?.length ?? 0, payload?.length ?? 0, payloadLimit);
  if (status !== undefined) return malformed(status, identifier);
  return {
    command: 2,
    token: token!,
    payload: payload!,
    identifier,
    expiry,
    priority: priority as 5 | 10 | undefined,
  };
}

/** What is wrong with the lengths of token and payload; `undefined` if nothing is. */
export function statusOfLengths(token: number, payload: number, payloadLimit: number): Status | undefined {
  if (token === 0) return Status.missingDeviceToken;
  if (token > TOKEN_LIMIT) return Status.invalidTokenSize;
  if (payload === 0) return Status.missingPayload;
  return payload > payloadLimit ? Status.invalidPayloadSize : undefined;
}

function malformed(status: Status, identifier: number | undefined): MalformedFrame {
  return { command: 2, status, identifier };
}
