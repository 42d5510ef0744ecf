import { InvalidPackage } from "../errors.ts";
import type { PackageFiles } from "../files/package-files.ts";
import { pngSize } from "../files/png.ts";

/** Images that Wallet shows, without folder, scale and extension. */
const IMAGES: ReadonlySet<string> = new Set([
  "artwork",
  "background",
  "footer",
  "icon",
  "logo",
  "primaryLogo",
  "secondaryLogo",
  "strip",
  "thumbnail",
  "venueMap",
  "personalizationLogo",
]);

/** `de.lproj/logo@2x.png`. */
const NAME = /^(?:[^/]+\.lproj\/)?(?<base>[^/]+?)(?:@(?<scale>\d+)x)?\.(?<extension>[A-Za-z0-9]+)$/;

/**
 * Checks the images of a pass: it has an icon, and each `.png` file is a PNG image.
 *
 * @returns warnings: oddities that Wallet accepts
 * @throws InvalidPackage
 */
export function checkImages(files: PackageFiles): string[] {
  const warnings: string[] = [];
  const icons = new Set<string>();
  for (const { name, bytes } of files) {
    const { base, scale, extension } = NAME.exec(name)?.groups ?? {};
    if (extension !== "png") continue;
    if (pngSize(bytes) === undefined) {
      const why = bytes.length === 0 ? "is empty" : "is not a PNG image, despite its name";
      throw new InvalidPackage("invalid", `${name} ${why}`, { file: name });
    }
    if (base === "icon" && [undefined, "2", "3"].includes(scale)) icons.add(name);
    else if (IMAGES.has(base!) && scale !== undefined && !["2", "3"].includes(scale)) {
      warnings.push(`${name} has a scale that no device requests; devices show @2x and @3x`);
    } else if (!IMAGES.has(base!)) warnings.push(`${name} is not an image that Wallet shows`);
  }
  if (icons.size === 0) throw noIcon(files);
  if (![...icons].some((name) => !name.includes("/"))) {
    warnings.push("icon.png is only in folders of languages; other languages show no icon");
  } else if (!icons.has("icon@2x.png") && !icons.has("icon@3x.png")) {
    warnings.push("icon@2x.png and icon@3x.png are missing; current screens show icon.png blurred");
  }
  return warnings;
}

function noIcon(files: PackageFiles): InvalidPackage {
  const similar = files.names.find((name) => /icon/i.test(name));
  const hint = similar === undefined ? "" : `; ${similar} does not count: names are exact`;
  const rule = "icon.png is missing: without it, Wallet refuses the pass silently";
  return new InvalidPackage("missing", `${rule}${hint}`, { file: "icon.png" });
}
