import type { Place } from "../document/place.ts";
import { type Json, object, oneOf, type Rule, text } from "../document/rules.ts";

const OLDEST = ["PKBarcodeFormatQR", "PKBarcodeFormatPDF417", "PKBarcodeFormatAztec"] as const;
const FORMATS = [
  ...OLDEST,
  "PKBarcodeFormatCode128",
  "PKBarcodeFormatCode39",
  "PKBarcodeFormatCodabar",
  "PKBarcodeFormatEAN13",
  "PKBarcodeFormatI2of5",
] as const;

/** An element of `barcodes` ("Pass.Barcodes"). */
export const barcodes = barcodeRule(FORMATS);

/** The deprecated `barcode`, which knows fewer formats ("Pass.Barcode"). */
export const barcode = barcodeRule(OLDEST);

function barcodeRule(formats: readonly string[]): Rule {
  return object({
    required: { format: oneOf(...formats), message: text(), messageEncoding: text() },
    optional: { altText: text({ min: 0 }) },
    also: checkEncoding,
  });
}

/** Wallet shows no barcode for a message that its encoding cannot express. */
function checkEncoding({ message, messageEncoding }: Json, place: Place): void {
  const encoding = (messageEncoding as string).toLowerCase();
  if (encoding !== "iso-8859-1" && encoding !== "latin1" && encoding !== "us-ascii") return;
  const highest = encoding === "us-ascii" ? 0x7f : 0xff;
  if (Array.from(message as string).every((letter) => letter.codePointAt(0)! <= highest)) return;
  const rule = `has characters that ${messageEncoding} lacks; set messageEncoding to utf-8`;
  throw place.member("message").fail("conflict", rule);
}
