/** The state of a job. Nothing leads out of `settled`. */
export type JobState = "new" | "queued" | "in-flight" | "pausing" | "settled";

/** What can be done to a job. */
export type JobMove = "queue" | "send" | "pause" | "settle";

/**
 * The life of a job: the next state for each possible move. Any other move comes too late and does nothing.
 */
export const JOB_MOVES: Readonly<Record<JobState, Partial<Readonly<Record<JobMove, JobState>>>>> = {
  new: { queue: "queued", send: "in-flight", settle: "settled" },
  queued: { send: "in-flight", settle: "settled" },
  "in-flight": { queue: "queued", pause: "pausing", settle: "settled" },
  pausing: { queue: "queued", settle: "settled" },
  settled: {},
};

/** A state, and the place that each move leads to: the table in the form that a job walks through. */
export class JobPlace {
  readonly state: JobState;
  queue: JobPlace | undefined = undefined;
  send: JobPlace | undefined = undefined;
  pause: JobPlace | undefined = undefined;
  settle: JobPlace | undefined = undefined;

  private constructor(state: JobState) {
    this.state = state;
  }

  /** The place where a job begins. */
  static readonly first: JobPlace = JobPlace.#build();

  static #build(): JobPlace {
    const states = Object.keys(JOB_MOVES) as JobState[];
    const places = new Map(states.map((state) => [state, new JobPlace(state)]));
    for (const [state, place] of places) {
      const moves = Object.entries(JOB_MOVES[state]) as [JobMove, JobState][];
      for (const [move, next] of moves) place[move] = places.get(next);
    }
    return places.get("new")!;
  }
}
