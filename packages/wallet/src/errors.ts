import { ApnskitError } from "apnskit";

/** What is wrong with a package or a part of it. */
export type PackageProblem = "missing" | "invalid" | "conflict" | "too-large" | "unreadable";

/** The place of a problem in a package. */
export interface PackagePlace {
  /** The file in the package, such as `icon.png`. */
  readonly file?: string | undefined;
  /** The place in a JSON file, such as `barcodes[0].format`. */
  readonly field?: string | undefined;
}

/** A pass, an order or a push package that no device would accept. Nothing was signed. */
export class InvalidPackage extends ApnskitError {
  static {
    this.recogniseAs("InvalidPackage");
  }

  override readonly name = "InvalidPackage";
  readonly code = "ERR_APNS_INVALID_PACKAGE";
  /** The file at fault; `undefined` if the fault is of the package as a whole. */
  readonly file: string | undefined;
  /** The place in the file, as `barcodes[0].format`; `undefined` if the fault is of the file as a whole. */
  readonly field: string | undefined;
  /**
   * The kind of problem: absent, wrong in itself, in conflict with another part, too large, or not readable.
   */
  readonly problem: PackageProblem;

  constructor(problem: PackageProblem, message: string, place: PackagePlace = {}, options?: ErrorOptions) {
    super(message, options);
    this.problem = problem;
    this.file = place.file;
    this.field = place.field;
  }
}

/** Why a store of registrations cannot be used. */
export type RegistrationsErrorCode =
  | "ERR_APNS_REGISTRATIONS_UNREADABLE"
  | "ERR_APNS_REGISTRATIONS_IN_USE"
  | "ERR_APNS_REGISTRATIONS_WRITE"
  | "ERR_APNS_REGISTRATIONS_CLOSED";

/** A file of registrations that cannot be opened, read or written. Its content stays unchanged. */
export class RegistrationsError extends ApnskitError {
  static {
    this.recogniseAs("RegistrationsError");
  }

  override readonly name = "RegistrationsError";
  readonly code: RegistrationsErrorCode;

  constructor(code: RegistrationsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
