/** What the exit code of `apnskit` says. Documented in docs/guides/command-line.md. */
export const ExitCode = {
  /** All was accepted, or the command did what it was asked. */
  accepted: 0,
  /** APNs refused some notifications. */
  rejected: 1,
  /** The command line, a file or a value in it is wrong. Nothing was sent for it. */
  usage: 2,
  /** The server cannot be reached. */
  unreachable: 3,
  /** A key or certificate is missing, cannot be read, or was refused. */
  credentials: 4,
  /** Some notifications certainly never reached APNs. */
  unsent: 5,
  /** Some notifications may have reached APNs or not. */
  unknown: 6,
  /** A defect of the command itself (`EX_SOFTWARE` of sysexits). */
  defect: 70,
  /** Ctrl-C, SIGTERM, or the reader of stdout went away. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** How many notifications ended in which way. */
export interface OutcomeCounts {
  readonly rejected: number;
  /** Those of `rejected` and `unsent` that a key or certificate is to blame for. */
  readonly credentials: number;
  readonly unsent: number;
  readonly unknown: number;
}

/**
 * The exit code of a run: of several that apply, the one that asks for the most care. What is unknown cannot be sent
 * again without thought; what is unsent can; credentials explain refusals.
 */
export function exitCodeOf({ rejected, credentials, unsent, unknown }: OutcomeCounts): ExitCode {
  if (unknown > 0) return ExitCode.unknown;
  if (credentials > 0) return ExitCode.credentials;
  if (unsent > 0) return ExitCode.unsent;
  return rejected > 0 ? ExitCode.rejected : ExitCode.accepted;
}
