/** What the bench sends to the gateway's process at the start. */
export interface GatewayStart {
  readonly cert: string;
  readonly key: string;
  /** The authority of both sides. */
  readonly ca: string;
  /** Origin of the sink. */
  readonly origin: string;
  readonly apnsKey: { readonly key: string; readonly keyId: string; readonly teamId: string };
  readonly window: number;
}

/** A request of the bench: garbage must not count as the cost of idle connections. */
export type FiguresRequest = "figures" | "figures without garbage";

/** Figures of the gateway's process. */
export interface GatewayFigures {
  readonly type: "figures";
  /** Milliseconds of CPU time since the start of the process. */
  readonly cpu: number;
  /** Bytes. */
  readonly rss: number;
  readonly heapUsed: number;
  readonly accepted: number;
  readonly connections: number;
  readonly absorbed: number;
}

export type GatewayMessage = { readonly type: "listening"; readonly port: number } | GatewayFigures;
