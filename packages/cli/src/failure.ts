import { ExitCode } from "./exit-codes.ts";

/** Ends the command with one line on stderr and an exit code. The message never contains a secret. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** The command line, or a file that it names, is wrong. */
export function usage(message: string, options?: ErrorOptions): CommandFailure {
  return new CommandFailure(ExitCode.usage, message, options);
}

/** A key or certificate cannot be used. */
export function badCredentials(message: string, options?: ErrorOptions): CommandFailure {
  return new CommandFailure(ExitCode.credentials, message, options);
}

/**
 * The reason of a file system error in words. The error's own message repeats the path and the system call.
 */
export function fileProblem(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EISDIR") return "this is a folder, not a file";
  if (code === "EACCES" || code === "EPERM") return "permission denied";
  if (code === "ENOTDIR") return "a part of this path is not a folder";
  if (code === "ENOSPC") return "the disk is full";
  if (code === "EROFS") return "the file system is read-only";
  if (code === "EPIPE") return "its reader has gone";
  if (code === "ENAMETOOLONG") return "the path is too long";
  if (code === "ELOOP") return "the links of this path lead in a circle";
  if (code === "ERR_INVALID_ARG_VALUE") return "a path cannot hold a NUL character";
  return code ?? "it cannot be read";
}

/** Fields of this project's errors, read by name to avoid loading heavy modules. */
interface KnownError {
  readonly code?: unknown;
  readonly failure?: unknown;
  readonly delivery?: unknown;
}

const CREDENTIAL_CODE = /^ERR_APNS_(?:CREDENTIALS|KEY|TEAM|PASSPHRASE|CERTIFICATE|PROVIDER_TOKEN)_/;

/** Whether an error's code says that a key or certificate is at fault. */
export function isCredentialCode(code: unknown): boolean {
  return typeof code === "string" && CREDENTIAL_CODE.test(code);
}

/** Calls of Node's own errors that are about files, not about the network or other processes. */
const FILE_CALLS: ReadonlySet<string> = new Set([
  ...["open", "close", "read", "write", "fsync", "fdatasync", "ftruncate"],
  ...["access", "stat", "lstat", "mkdir", "mkdtemp", "scandir", "rename", "unlink", "rm", "link"],
]);

/** The failure for an error of the engine or client; `undefined` for a defect. */
export function asFailure(error: unknown): CommandFailure | undefined {
  if (error instanceof CommandFailure) return error;
  if (!(error instanceof Error)) return undefined;
  const { code, failure, delivery } = error as KnownError;
  const options = { cause: error };
  if (isCredentialCode(code)) return badCredentials(error.message, options);
  switch (code) {
    case "ERR_APNS_CONNECT": {
      const refused = failure === "client-certificate";
      const exitCode = refused ? ExitCode.credentials : ExitCode.unreachable;
      return new CommandFailure(exitCode, withCause(error), options);
    }
    case "ERR_APNS_TIMEOUT":
    case "ERR_APNS_CLOSED":
    case "ERR_APNS_STREAM_RESET": {
      const exitCode = delivery === "unknown" ? ExitCode.unknown : ExitCode.unreachable;
      return new CommandFailure(exitCode, withCause(error), options);
    }
    case "ERR_APNS_REJECTED":
      return new CommandFailure(rejectedCode(error), error.message, options);
    case "ERR_APNS_ABORTED":
      return new CommandFailure(ExitCode.interrupted, "interrupted", options);
    case "ERR_APNS_FORMAT":
    case "ERR_APNS_RESPONSE_TOO_LARGE":
      return new CommandFailure(ExitCode.unknown, error.message, options);
  }
  const { syscall, path } = error as NodeJS.ErrnoException;
  if (FILE_CALLS.has(syscall ?? "")) {
    return usage(`${path ?? syscall}: ${fileProblem(error)}`, options);
  }
  if (
    typeof code === "string" &&
    /^ERR_APNS_(?:INVALID|JOURNAL|CAMPAIGN|RECIPIENTS|CLAIM|LOG|UNKNOWN_CAMPAIGN)(?:_|$)/.test(code)
  )
    return usage(error.message, options);
  return undefined;
}

function rejectedCode(error: unknown): ExitCode {
  const { outcome } = error as { outcome?: { advice?: unknown } };
  return outcome?.advice === "fix-credentials" ? ExitCode.credentials : ExitCode.rejected;
}

/** A message with the message of its cause, if the cause adds information. */
function withCause(error: Error): string {
  const { cause } = error;
  const more = cause instanceof Error ? cause.message : "";
  return more === "" || error.message.includes(more) ? error.message : `${error.message}: ${more}`;
}

/** Text on one line: control characters and line breaks would let a file or server write to the terminal. */
export function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, " ").trim();
}
