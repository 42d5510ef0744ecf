import { InvalidPackage } from "../errors.ts";
import { shownName } from "./file-name.ts";

/** Maximum bytes of one file: 10 MiB. Images of real packages have a few hundred thousand. */
export const MAX_FILE_SIZE = 10_485_760;
/** Maximum bytes of all files of a package together: 32 MiB. */
export const MAX_PACKAGE_SIZE = 33_554_432;
/** Maximum number of files of a package. */
export const MAX_FILES = 1_000;

/** Counts files and bytes during reading, so a source that is too large is not read to its end. */
export class Allowance {
  #files = 0;
  #bytes = 0;

  /**
   * @param size bytes of the next file
   * @throws InvalidPackage for a file, or a sum of files, above the limits
   */
  take(name: string, size: number): void {
    if (size > MAX_FILE_SIZE) {
      const rule = `a file of a package may have ${MAX_FILE_SIZE}`;
      throw new InvalidPackage("too-large", `${shownName(name)} has ${size} bytes; ${rule}`, { file: name });
    }
    this.#files++;
    this.#bytes += size;
    if (this.#files > MAX_FILES) {
      throw new InvalidPackage("too-large", `the package has more than ${MAX_FILES} files`);
    }
    if (this.#bytes > MAX_PACKAGE_SIZE) {
      throw new InvalidPackage("too-large", `the package has more than ${MAX_PACKAGE_SIZE} bytes`);
    }
  }
}
