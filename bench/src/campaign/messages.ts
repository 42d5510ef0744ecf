/** How the pushes of a campaign are sent. */
export type Way =
  /** `sendMany` with the ids that the campaign would give, and nothing else. */
  | "sendMany"
  /** The campaign, with its journal on disk. */
  | "campaign";

/** What a sender is told. */
export interface Errand {
  readonly origin: string;
  readonly ca: string;
  readonly way: Way;
  readonly count: number;
  readonly connections: number;
  /** Path of the journal. */
  readonly journal: string;
}

/** What a sender says. */
export interface Sent {
  readonly type: "sent";
  readonly accepted: number;
  readonly seconds: number;
  /** Of this process, all its threads. */
  readonly cpuSeconds: number;
  /** Megabytes: resident set, when a tenth was sent, and the most from then on. */
  readonly early: number;
  readonly peak: number;
}
