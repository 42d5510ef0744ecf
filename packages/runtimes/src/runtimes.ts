/** A runtime and the arguments that it needs. */
export interface Runtime {
  readonly name: string;
  /** Arguments for a program that sends. */
  readonly args: readonly string[];
  /** Arguments for the command, which reads settings from the environment and files, and may write files. */
  readonly commandArgs: readonly string[];
}

const deno = ["run", "--no-prompt", "--node-modules-dir=manual"];

/**
 * The runtimes of the matrix. 20.19 and 22.11 are the oldest supported versions of their lines. 22.11 cannot
 * `require` an ES module.
 */
export const RUNTIMES: readonly Runtime[] = [
  ...["node-20.19", "node-22.11", "node-22", "node-24", "node-26"].map((name) => ({
    name,
    args: [],
    commandArgs: [],
  })),
  { name: "bun", args: ["run"], commandArgs: ["run"] },
  // No --allow-env: a program that reads the environment can read secrets.
  { name: "deno", args: [...deno, "--allow-net", "--allow-read"], commandArgs: [...deno, "--allow-all"] },
];
