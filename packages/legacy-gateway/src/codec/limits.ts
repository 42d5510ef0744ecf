/** Bytes of the longest device token ("Binary Provider API", item 1). */
export const TOKEN_LIMIT = 100;

/** Bytes of the longest payload that Apple's binary service accepted ("Binary Provider API", item 2). */
export const PAYLOAD_LIMIT = 2_048;

/** The same for VoIP pushes ("Voice Over IP (VoIP) Best Practices"). */
export const VOIP_PAYLOAD_LIMIT = 4_096;

/** Bytes of the longest payload that APNs accepts over HTTP/2: that of a VoIP push. */
export const LARGEST_PAYLOAD_LIMIT = 5_120;

/** Identifiers of the items of command 2. */
export const Item = { token: 1, payload: 2, identifier: 3, expiry: 4, priority: 5 } as const;

/** Bytes of an item's identifier and length. */
export const ITEM_HEADER = 3;

/** Bytes of all items of command 2 that are neither token nor payload, with all headers. */
export const SMALL_ITEMS = 5 * ITEM_HEADER + 4 + 4 + 1;

/**
 * Bytes of the longest frame of command 2 that is read to its end. A token and a payload of 65,535 bytes each
 * fit, so the client learns which notification was too long. A longer frame lies about its length.
 */
export const FRAME_LIMIT = 2 * 65_535 + SMALL_ITEMS;
