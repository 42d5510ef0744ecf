/**
 * Flow-control windows in octets, of each stream and of the connection. RFC 9113 §6.9.2 allows no smaller
 * window for the connection.
 */
export const windows = {
  small: { stream: 1_024, connection: 65_535 },
  large: { stream: 1_048_575, connection: 16_777_215 },
} as const;

/** The settings of client and server before the client sends notifications. */
export interface Cell {
  /** The only version that the client offers. */
  readonly tls: "TLSv1.2" | "TLSv1.3";
  /** Streams that the server allows at once. */
  readonly streams: 1 | 100 | 1_000;
  /** Octets of HPACK table that the server keeps. */
  readonly headerTableSize: 0 | 4_096 | 65_536;
  readonly windows: keyof typeof windows;
}

const streamLimits = [1, 100, 1_000] as const;
const tableSizes = [0, 4_096, 65_536] as const;

/**
 * Nine of the 36 combinations. Any two values of different settings meet in at least one combination. So a
 * conflict between two settings shows, at a quarter of the time.
 */
export const cells: readonly Cell[] = streamLimits.flatMap((streams, s) =>
  tableSizes.map(
    (headerTableSize, t): Cell => ({
      tls: (s + t) % 2 === 0 ? "TLSv1.2" : "TLSv1.3",
      streams,
      headerTableSize,
      windows: (s + t) % 3 === 0 ? "small" : "large",
    }),
  ),
);

/** A line for readers: a row of the table in the documentation. */
export function describeCell({ tls, streams, headerTableSize, windows }: Cell): string {
  const count = `${streams.toLocaleString("en")} ${streams === 1 ? "stream" : "streams"}`;
  const table = `table ${headerTableSize.toLocaleString("en")}`;
  return `${tls.replace("TLSv", "TLS ")}, ${count}, ${table}, ${windows} windows`;
}
