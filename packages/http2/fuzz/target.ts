/** Something that takes octets and must keep its promises whatever they are. */
export interface Target {
  readonly name: string;
  /** Octets before the frames; `undefined` if the input is no sequence of frames. */
  readonly headLength: number | undefined;
  /** A part of the addresses of the files whose coverage counts; by default this package's sources. */
  readonly sources?: string;
  /** Inputs to begin with. */
  seeds(): Buffer[];
  /**
   * Runs one input. Returns words for what happened, which tell inputs apart that are worth keeping.
   *
   * @throws {@link Violation}, or whatever else the code under test should not have thrown
   */
  run(input: Buffer): string;
}

/** A promise that was not kept. */
export class Violation extends Error {
  override readonly name = "Violation";
}

export function must(condition: boolean, promise: string): asserts condition {
  if (!condition) throw new Violation(promise);
}

export function mustEqual(actual: unknown, expected: unknown, promise: string): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (left !== right) throw new Violation(`${promise}: ${left} is not ${right}`);
}
