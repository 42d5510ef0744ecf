import { readFileSync } from "node:fs";
import { Closed } from "@apnskit/connection";
import { describe, expect, test } from "vitest";
import { JOB_MOVES, type JobMove, type JobState } from "../src/job-moves.ts";
import { answer, JobBench } from "./support/job-bench.ts";

const states = Object.keys(JOB_MOVES) as JobState[];
const moves: JobMove[] = ["queue", "send", "pause", "settle"];

/** A job that has got into a state. */
const inState: Record<JobState, () => JobBench> = {
  new: () => new JobBench(),
  queued: () => {
    const bench = new JobBench();
    bench.job.queue();
    return bench;
  },
  "in-flight": () => {
    const bench = new JobBench();
    bench.job.send(bench.member);
    return bench;
  },
  pausing: () => {
    const bench = new JobBench().attempt(answer(503));
    bench.job.pause();
    return bench;
  },
  settled: () => {
    const bench = new JobBench();
    bench.job.settle(answer(200));
    return bench;
  },
};

const make: Record<JobMove, (bench: JobBench) => unknown> = {
  queue: ({ job }) => job.queue(),
  send: ({ job, member }) => job.send(member),
  pause: ({ job }) => job.pause(),
  settle: ({ job }) => job.settle(new Closed("over", "unsent")),
};

describe("the table of a job's moves", () => {
  test("is this one", () => {
    expect(states.map((state) => [state, ...moves.map((move) => JOB_MOVES[state][move] ?? "–")])).toEqual([
      //             queue     send         pause      settle
      ["new", "queued", "in-flight", "–", "settled"],
      ["queued", "–", "in-flight", "–", "settled"],
      ["in-flight", "queued", "–", "pausing", "settled"],
      ["pausing", "queued", "–", "–", "settled"],
      ["settled", "–", "–", "–", "–"],
    ]);
  });

  for (const state of states) {
    for (const move of moves) {
      const next = JOB_MOVES[state][move];
      test(`${state}: ${move} ${next === undefined ? "comes too late and does nothing" : `leads to ${next}`}`, () => {
        const bench = inState[state]();
        expect(bench.job.state).toBe(state);
        const before = { attempts: bench.job.attempts, told: [...bench.told] };
        const returned = make[move](bench);
        expect(bench.job.state).toBe(next ?? state);
        expect(bench.job.queued).toBe(bench.job.state === "queued");
        if (move === "queue" || move === "pause") expect(returned).toBe(next !== undefined);
        if (next !== undefined) return;
        expect({ attempts: bench.job.attempts, told: bench.told }).toEqual(before);
        expect(bench.transport.submitted.length).toBe(bench.job.attempts);
      });
    }
  }

  test("stands in docs/architecture.md as a picture", () => {
    const page = readFileSync(new URL("../../../docs/architecture.md", import.meta.url), "utf8");
    const [, shown] = /<!-- JOB_MOVES -->\n([\s\S]*?)\n<!-- end -->/.exec(page) ?? [];
    expect(shown).toBe(picture());
  });
});

/** The table as the page has it. */
function picture(): string {
  const name = (state: JobState) => state.replace("-", "_");
  const lines = states.flatMap((from) =>
    Object.entries(JOB_MOVES[from]).map(([move, to]) => `  ${name(from)} --> ${name(to)}: ${move}`),
  );
  return ["```mermaid", "stateDiagram-v2", "  [*] --> new", ...lines, "  settled --> [*]", "```"].join("\n");
}
