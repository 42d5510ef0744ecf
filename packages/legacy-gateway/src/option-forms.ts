/**
 * The form of an option. A configuration file holds `data` under the same name, since JSON has such values.
 * An `object` needs a program, or another form in a file.
 */
export type OptionForm = "data" | "object";

/** The form of each option. This is the only list of their names. */
export type OptionForms<Options> = Readonly<Record<keyof Options, OptionForm>>;

/** The names of options that are plain data. */
export function dataNames(forms: Readonly<Record<string, OptionForm>>): readonly string[] {
  return Object.keys(forms).filter((name) => forms[name] === "data");
}
