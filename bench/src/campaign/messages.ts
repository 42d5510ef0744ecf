/** How the pushes of a campaign are sent. */
export type Way =
  /** `sendMany` alone: one notification for all, without ids that can be found again. */
  | "one"
  /** `sendMany` alone, with the ids that the campaign would use. */
  | "sendMany"
  /** The campaign, with its journal on disk. */
  | "campaign"
  /** The campaign on BullMQ: ranges as jobs, and their checkpoints in Redis. */
  | "bullmq";

/** Where Redis is, and how this bench's keys begin. */
export interface RedisTarget {
  readonly host: string;
  readonly port: number;
  readonly prefix: string;
}

/** The parent's message to a sender. */
export interface Errand {
  readonly origin: string;
  readonly ca: string;
  readonly way: Way;
  readonly count: number;
  readonly connections: number;
  /** Path of the journal; of the campaign on BullMQ its name. */
  readonly journal: string;
  /** Absent where no way needs Redis. */
  readonly redis: RedisTarget | undefined;
  /** Accepted pushes between two marks. */
  readonly markEvery: number;
}

/** Sent to the parent during a run, and in between. */
export interface Mark {
  readonly type: "mark";
  readonly accepted: number;
  readonly seconds: number;
  /** Resident set in megabytes. */
  readonly memory: number;
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
