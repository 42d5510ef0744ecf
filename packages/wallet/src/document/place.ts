import { InvalidPackage, type PackageProblem } from "../errors.ts";

/** A place in a JSON file of a package, such as `barcodes[0].format` of `pass.json`. */
export class Place {
  readonly file: string;
  /** Empty for the file as a whole. */
  readonly path: string;
  readonly #warnings: string[];

  constructor(file: string, path = "", warnings: string[] = []) {
    this.file = file;
    this.path = path;
    this.#warnings = warnings;
  }

  /** Oddities that do not keep a device from accepting the package. */
  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /** The place of a member of the object at this place. */
  member(name: string): Place {
    return new Place(this.file, this.path === "" ? name : `${this.path}.${name}`, this.#warnings);
  }

  /** The place of an element of the list at this place. */
  element(index: number): Place {
    return new Place(this.file, `${this.path}[${index}]`, this.#warnings);
  }

  /** @param rule the rule, and what to do; begins with a verb */
  fail(problem: PackageProblem, rule: string): InvalidPackage {
    const field = this.path === "" ? undefined : this.path;
    const where = field === undefined ? this.file : `${this.file}: ${field}`;
    return new InvalidPackage(problem, `${where} ${rule}`, { file: this.file, field });
  }

  warn(text: string): void {
    this.#warnings.push(this.path === "" ? `${this.file} ${text}` : `${this.file}: ${this.path} ${text}`);
  }
}
