export interface SinkOptions {
  cert: string;
  key: string;
  /** SETTINGS_MAX_CONCURRENT_STREAMS. */
  streams: number;
  /** Milliseconds between a request's end and its answer. Null never answers. */
  delay: number | null;
}

export interface SinkStatistics {
  connections: number;
  /** Complete requests. */
  requests: number;
  bodyBytes: number;
  /** Mean of the actual delays, ms. 0 without a delay. */
  meanDelay: number;
}

export type SinkMessage = { type: "listening"; port: number } | ({ type: "statistics" } & SinkStatistics);
