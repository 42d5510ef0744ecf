import { type Refusal, refuse } from "../answer.ts";

const UUID_SHAPE = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const MAX_COLLAPSE_ID_BYTES = 64;
/** Seconds since the epoch fit 32 bits until 2106; larger numbers are milliseconds sent by mistake. */
const MAX_EXPIRATION = 0xffffffff;

/** Only the id's shape is checked, not its version: Apple's own ids do not follow RFC 9562 either. */
export function checkMessageId(id: string | undefined): Refusal | undefined {
  return id === undefined || UUID_SHAPE.test(id) ? undefined : refuse("BadMessageId");
}

/** A point in time in whole seconds since the epoch; 0 means "do not store". */
export function checkExpiration(expiration: string | undefined): Refusal | undefined {
  if (expiration === undefined) return undefined;
  const usable = /^\d{1,15}$/.test(expiration) && Number(expiration) <= MAX_EXPIRATION;
  return usable ? undefined : refuse("BadExpirationDate");
}

export function checkPriority(priority: string | undefined): Refusal | undefined {
  const allowed = priority === undefined || priority === "10" || priority === "5" || priority === "1";
  return allowed ? undefined : refuse("BadPriority");
}

export function checkCollapseId(collapseId: string | undefined): Refusal | undefined {
  if (collapseId === undefined || Buffer.byteLength(collapseId) <= MAX_COLLAPSE_ID_BYTES) return undefined;
  return refuse("BadCollapseId");
}

/** Whether a header occurs twice. @param raw alternating names and values, as received */
export function hasDuplicates(raw: readonly string[]): boolean {
  for (let i = 2; i < raw.length; i += 2) {
    const name = raw[i];
    // Cookies may be split into several fields (RFC 9113 §8.2.3).
    if (name === "cookie") continue;
    for (let k = 0; k < i; k += 2) if (raw[k] === name) return true;
  }
  return false;
}
