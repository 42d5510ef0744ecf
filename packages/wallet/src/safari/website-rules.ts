import { received } from "@apnskit/connection/internal";
import type { Place } from "../document/place.ts";
import {
  authenticationToken,
  type Json,
  listOf,
  matching,
  object,
  type Rule,
  serviceUrl,
  text,
} from "../document/rules.ts";
import { InvalidPackage } from "../errors.ts";
import type { PackageFiles } from "../files/package-files.ts";
import { pngSize } from "../files/png.ts";

/** The icons that Safari asks for, with their sides in pixels ("Configuring Safari Push Notifications"). */
export const ICONS: ReadonlyMap<string, number> = new Map([
  ["icon.iconset/icon_16x16.png", 16],
  ["icon.iconset/icon_16x16@2x.png", 32],
  ["icon.iconset/icon_32x32.png", 32],
  ["icon.iconset/icon_32x32@2x.png", 64],
  ["icon.iconset/icon_128x128.png", 128],
  ["icon.iconset/icon_128x128@2x.png", 256],
]);

/** A scheme and a host, without a path. */
const origin: Rule = (value, place) => {
  if (originOf(value) !== undefined && /^https?:\/\/[^/]+\/?$/.test(value as string)) return;
  throw place.fail("invalid", `must be an origin such as https://www.example.com${received(value)}`);
};

const rule = object({
  required: {
    websiteName: text(),
    websitePushID: matching(/^web\..+/, "an identifier that begins with web."),
    allowedDomains: listOf(origin),
    urlFormatString: text(),
    authenticationToken,
    webServiceURL: serviceUrl,
  },
  also: checkTogether,
});

/** `website.json`. @throws InvalidPackage for the first mistake */
export function checkWebsiteJson(json: unknown, place: Place): void {
  rule(json, place);
}

function checkTogether({ allowedDomains, urlFormatString }: Json, place: Place): void {
  const domains = (allowedDomains as readonly string[]).map(originOf);
  if (domains.length === 0) {
    throw place.member("allowedDomains").fail("missing", "must name one origin or more");
  }
  const at = place.member("urlFormatString");
  const url = urlFormatString as string;
  if (!url.includes("%@")) {
    at.warn("has no %@: all notifications open the same page");
  }
  const target = originOf(url.replaceAll("%@", "x"));
  if (target === undefined) throw at.fail("invalid", "must be a URL that begins with https:// or http://");
  if (!domains.includes(target))
    throw at.fail("conflict", "leads to an origin that is not in allowedDomains");
}

function originOf(value: unknown): string | undefined {
  if (typeof value !== "string" || !/^https?:\/\//i.test(value) || !URL.canParse(value)) return undefined;
  return new URL(value).origin;
}

/** @throws InvalidPackage for an icon that is missing, not a PNG, or of another size */
export function checkIcons(files: PackageFiles): void {
  for (const [name, side] of ICONS) {
    const file = files.get(name);
    if (file === undefined) {
      throw new InvalidPackage("missing", `${name} is missing; Safari needs all ${ICONS.size} icons`, {
        file: name,
      });
    }
    const size = pngSize(file.bytes);
    if (size?.width === side && size.height === side) continue;
    const is = size === undefined ? "it is not a PNG image" : `it has ${size.width} × ${size.height}`;
    throw new InvalidPackage("invalid", `${name} must be a PNG image of ${side} × ${side} pixels; ${is}`, {
      file: name,
    });
  }
}
