/** How the pushes of a campaign are sent. */
export type Way =
  /** `sendMany` alone, with the ids that the campaign would use. */
  | "sendMany"
  /** The campaign, with its journal on disk. */
  | "campaign";

/** The parent's message to a sender. */
export interface Errand {
  readonly origin: string;
  readonly ca: string;
  readonly way: Way;
  readonly count: number;
  readonly connections: number;
  /** Path of the journal. */
  readonly journal: string;
}

/** The sender's message to its parent. */
export interface Sent {
  readonly type: "sent";
  readonly accepted: number;
  readonly seconds: number;
  /** Processor seconds of the sender, all threads included. */
  readonly cpuSeconds: number;
  /** Resident set in megabytes after a tenth of the pushes, and its peak from then on. */
  readonly early: number;
  readonly peak: number;
}
