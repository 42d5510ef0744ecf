/** Status codes of error packets ("Binary Provider API", table of status codes). */
export const Status = {
  /** Never sent: the answer to an accepted notification is silence. */
  noError: 0,
  processingError: 1,
  missingDeviceToken: 2,
  missingTopic: 3,
  missingPayload: 4,
  invalidTokenSize: 5,
  invalidTopicSize: 6,
  invalidPayloadSize: 7,
  invalidToken: 8,
  /** The server closes the connection; the packet names the last notification that it accepted. */
  shutdown: 10,
  /** A frame could not be parsed. */
  protocolError: 128,
  unknown: 255,
} as const;

/** A status code of an error packet. */
export type Status = (typeof Status)[keyof typeof Status];

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(Status).map(([name, code]) => [
    code,
    name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
  ]),
);

/** A status in words, such as `invalid token`, for logs. */
export function statusName(status: number): string {
  return NAMES.get(status) ?? `status ${status}`;
}
