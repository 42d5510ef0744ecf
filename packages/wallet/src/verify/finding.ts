/** One thing about a package that somebody should know. An `error` keeps a device from taking it. */
export interface PackageFinding {
  readonly level: "error" | "warning";
  readonly message: string;
}
