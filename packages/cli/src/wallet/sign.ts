import { writeFileSync } from "node:fs";
import type { SignedPackage } from "@apnskit/wallet";
import type { Invocation } from "../definition.ts";
import { ExitCode } from "../exit-codes.ts";
import { fileProblem, oneLine, usage } from "../failure.ts";
import type { DataEntry } from "../options/parsers.ts";
import type { SignerFlags } from "../options/signer-options.ts";
import type { Output } from "../output/output.ts";
import { checkItem, overridesOf } from "./model.ts";
import { readSigner } from "./signer.ts";

/** Options of `apnskit wallet sign` and `apnskit safari sign`. */
export interface SignFlags extends SignerFlags {
  readonly set?: readonly DataEntry[];
  readonly out?: string;
}

/** Runs `apnskit wallet sign`. */
export async function signItem({ args, options, env, output }: Invocation<SignFlags>): Promise<ExitCode> {
  const out = requireOut(options);
  const signer = readSigner(options, env);
  const { loadModel } = await import("@apnskit/wallet");
  const item = await checkItem(await loadModel(args[0] as string), options.set ?? []);
  warn(output, item.warnings);
  const { kind, type, id } = item;
  write(out, item.sign(signer), output, { kind, type, id });
  return ExitCode.accepted;
}

/** Runs `apnskit safari sign`. */
export async function signWebsite({ args, options, env, output }: Invocation<SignFlags>): Promise<ExitCode> {
  const out = requireOut(options);
  const signer = readSigner(options, env);
  const { loadModel, pushPackage, WebsiteSigner } = await import("@apnskit/wallet");
  const made = pushPackage(await loadModel(args[0] as string), overridesOf(options.set ?? []));
  warn(output, made.warnings);
  const record = { kind: "push package", type: made.websitePushID };
  write(out, new WebsiteSigner(signer).sign(made), output, record);
  return ExitCode.accepted;
}

function requireOut({ out }: SignFlags): string {
  if (out !== undefined) return out;
  throw usage("--out is missing: where to write the signed package");
}

function warn(output: Output, warnings: readonly string[]): void {
  for (const warning of warnings)
    output.note(`${output.paintNote("warning", "warning")}: ${oneLine(warning)}`);
}

function write(
  out: string,
  signed: SignedPackage,
  output: Output,
  record: { readonly kind: string; readonly type: string; readonly id?: string },
): void {
  const bytes = signed.bytes();
  try {
    writeFileSync(out, bytes);
  } catch (error) {
    throw usage(`--out ${out}: ${fileProblem(error)}`, { cause: error });
  }
  output.result({ ...record, file: out, bytes: bytes.length }, () => {
    const name = record.id === undefined ? record.type : `${record.type} ${record.id}`;
    return `${out}: ${record.kind} ${oneLine(name)}, ${signed.files.size} files, ${bytes.length} bytes`;
  });
}
