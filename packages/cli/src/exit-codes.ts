/** The exit codes of `apnskit`. Documented in docs/guides/command-line.md. */
export const ExitCode = {
  /** Everything was accepted, or the command did its task. */
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

/** The numbers of notifications, by outcome. */
export interface OutcomeCounts {
  readonly rejected: number;
  /** Those of `rejected` and `unsent` that a key or certificate caused. */
  readonly credentials: number;
  readonly unsent: number;
  readonly unknown: number;
}

/**
 * The exit code of a run. If several apply, the one that needs the most care counts: resending unknown
 * notifications needs thought, resending unsent ones does not, and credentials explain refusals.
 */
export function exitCodeOf({ rejected, credentials, unsent, unknown }: OutcomeCounts): ExitCode {
  if (unknown > 0) return ExitCode.unknown;
  if (credentials > 0) return ExitCode.credentials;
  if (unsent > 0) return ExitCode.unsent;
  return rejected > 0 ? ExitCode.rejected : ExitCode.accepted;
}
