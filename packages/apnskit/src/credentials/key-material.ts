import { type CredentialsErrorCode, InvalidCredentials } from "../errors.ts";
import { type Block, bareBlock, decodeBase64, isDer, pemBlocks } from "./pem-blocks.ts";
import { looksLikePath } from "./shown-path.ts";
import { type Loaded, load, type Source } from "./source.ts";
import { recoverText } from "./text-recovery.ts";

/** The most layers of base64: secret stores encode a second time, but none a fourth. */
const MAX_ENCODINGS = 3;

/**
 * Reads a key or certificate in any form that reaches a program: PEM text with damaged line breaks, base64 or
 * hexadecimal of PEM or DER, or DER itself; as text, bytes or a file.
 *
 * @param what the option's name, for the error
 * @param wanted the documented form of the option, for the error
 * @returns at least one block; blocks that cannot be decoded are included
 * @throws InvalidCredentials when nothing is found; the message says what was found instead, without its
 *   content
 */
export function readKeyMaterial(
  what: string,
  source: Source,
  code: CredentialsErrorCode,
  wanted: "PEM text" | "a PFX (PKCS#12) file" = "PEM text",
): Block[] {
  const loaded = load(what, source, code);
  const blocks = blocksOf(loaded, MAX_ENCODINGS);
  if (blocks.length > 0) return blocks;
  const missing = wanted === "PEM text" ? `${wanted} (it has no BEGIN line)` : wanted;
  const hint = typeof source === "string" ? "; to read a file, pass { file: path }" : "";
  throw new InvalidCredentials(code, `${what} is not ${missing}, but ${describe(loaded)}${hint}`);
}

function blocksOf(loaded: Loaded, encodings: number): Block[] {
  if (typeof loaded !== "string" && isDer(loaded)) return [bareBlock(loaded)];
  const text = recoverText(loaded);
  const blocks = pemBlocks(text);
  if (blocks.length > 0 || encodings === 0) return blocks;
  const compact = text.slice(text.startsWith("data:") ? text.indexOf(",") + 1 : 0).trim();
  const hex = compact.replace(/[\s:"']+/g, "");
  // Hexadecimal letters are valid base64, but such base64 is never DER.
  const bytes = /^30[0-9a-f]+$/i.test(hex) ? Buffer.from(hex, "hex") : decodeBase64(compact);
  return bytes === undefined || bytes.length === 0 ? [] : blocksOf(bytes, encodings - 1);
}

/** Describes a text or file with neither PEM nor DER, without its content. */
function describe(loaded: Loaded): string {
  const text = recoverText(loaded).trim();
  const size = `${loaded.length} ${typeof loaded === "string" ? "characters" : "bytes"}`;
  if (text === "") return "blank";
  if (typeof loaded === "string" && looksLikePath(loaded)) return "text that looks like a path";
  if (/^<(?:!doctype|html|\?xml)/i.test(text)) return "a web page or XML";
  if (/^[-\u2010-\u2015\u2212\s]{1,10}BEGIN/.test(text))
    return "a BEGIN line without its five hyphens on each side";
  if (text.startsWith("{")) return "JSON without a key in it";
  if (text.startsWith("ssh-") || text.startsWith("PuTTY")) return "an SSH key";
  if (loaded[0] === 0x30) return `DER that is cut off or damaged (${size})`;
  const base64 = decodeBase64(text);
  if (base64?.[0] === 0x30) return `base64 of DER that is cut off or damaged (${size})`;
  if (base64 !== undefined && text.length >= 64) return `base64 of something else (${size})`;
  return `${typeof loaded === "string" ? "other text" : "other content"} (${size})`;
}
