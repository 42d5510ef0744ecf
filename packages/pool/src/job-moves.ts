/** Where a job is in its life. Nothing leads out of `settled`. */
export type JobState = "new" | "queued" | "in-flight" | "pausing" | "settled";

/** What can be done to a job. */
export type JobMove = "queue" | "send" | "pause" | "settle";

/** The life of a job: the state after each move that is possible in a state. Any other move comes too late and does nothing. */
export const JOB_MOVES: Readonly<Record<JobState, Partial<Readonly<Record<JobMove, JobState>>>>> = {
  new: { queue: "queued", send: "in-flight", settle: "settled" },
  queued: { send: "in-flight", settle: "settled" },
  "in-flight": { queue: "queued", pause: "pausing", settle: "settled" },
  pausing: { queue: "queued", settle: "settled" },
  settled: {},
};
