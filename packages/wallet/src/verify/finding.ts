/** One finding about a package. An `error` keeps a device from accepting the package. */
export interface PackageFinding {
  readonly level: "error" | "warning";
  readonly message: string;
}
