/** The process around the command: what it reads, writes and was started with. */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** The arguments behind the program's name. */
  readonly argv: readonly string[];
}
