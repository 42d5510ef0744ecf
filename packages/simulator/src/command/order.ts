import type { Plan } from "../weather/plan.ts";

/** An order to a worker: a line of JSON on its standard input. */
export type Order =
  /** Runs seeds one after the other. */
  | {
      readonly kind: "seeds";
      readonly from: number;
      readonly count: number;
      /** From one seed to the next; 1 by default. */
      readonly step?: number;
      /** Ends after the first seed with findings. */
      readonly stopAtFirst?: boolean;
    }
  /** Runs one plan. */
  | { readonly kind: "plan"; readonly plan: Plan; readonly verbose: boolean };

/** A worker's line about a run: JSON on its standard output. */
export interface Told {
  readonly seed: number;
  readonly hash: string;
  readonly findings: readonly string[];
  readonly simulated: number;
  readonly requests: number;
  readonly turns: number;
  readonly trace: readonly string[];
}

/** A line of JSON, in which `Infinity` is a string. */
export function encode(value: Order | Told): string {
  return JSON.stringify(value, (_, part: unknown) => (part === Number.POSITIVE_INFINITY ? "Infinity" : part));
}

/** The reverse of {@link encode}. */
export function decode<Value extends Order | Told>(line: string): Value {
  return JSON.parse(line, (_, part: unknown) =>
    part === "Infinity" ? Number.POSITIVE_INFINITY : part,
  ) as Value;
}
