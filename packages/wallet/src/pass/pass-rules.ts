import { received } from "@apnskit/connection/internal";
import type { Place } from "../document/place.ts";
import {
  anything,
  anyUrl,
  authenticationToken,
  bool,
  date,
  exactly,
  type Json,
  listOf,
  matching,
  number,
  object,
  type Rule,
  requireJsonObject,
  serviceUrl,
  text,
} from "../document/rules.ts";
import { barcode, barcodes } from "./barcodes.ts";
import { styleRule } from "./pass-fields.ts";

/** The styles of a pass; it has exactly one. */
export const PASS_STYLES = ["boardingPass", "coupon", "eventTicket", "generic", "storeCard"] as const;

/** One of {@link PASS_STYLES}. */
export type PassStyle = (typeof PASS_STYLES)[number];

const RGB = /^rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)$/;

const colour: Rule = (value, place) => {
  const parts = typeof value === "string" ? RGB.exec(value) : null;
  if (parts?.slice(1).every((part) => Number(part) <= 255)) return;
  if (typeof value === "string" && /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i.test(value)) {
    place.warn("is in hexadecimal; Apple documents rgb(r, g, b) only");
    return;
  }
  throw place.fail("invalid", `must be a colour such as rgb(23, 187, 82)${received(value)}`);
};

const location = object({
  required: { latitude: number(-90, 90), longitude: number(-180, 180) },
  optional: { altitude: number(), relevantText: text() },
});

const beacon = object({
  required: {
    proximityUUID: matching(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, "a UUID with hyphens"),
  },
  optional: { major: number(0, 65_535, true), minor: number(0, 65_535, true), relevantText: text() },
});

const nfc = object({
  required: { message: text({ max: 64 }), encryptionPublicKey: text() },
  optional: { requiresAuthentication: bool },
});

const relevantDate = object({
  optional: { date, relevantDate: date, startDate: date, endDate: date },
  also: (value, place) => {
    const both = value.startDate !== undefined && value.endDate !== undefined;
    if (value.date !== undefined || value.relevantDate !== undefined || both) return;
    throw place.fail("missing", "must have date, or startDate and endDate");
  },
});

/** URLs that only certain styles show. */
const LINKS = [
  "accessibilityURL",
  "addOnURL",
  "bagPolicyURL",
  "changeSeatURL",
  "contactVenueWebsite",
  "directionsInformationURL",
  "entertainmentURL",
  "managementURL",
  "merchandiseURL",
  "orderFoodURL",
  "parkingInformationURL",
  "purchaseAdditionalBaggageURL",
  "purchaseLoungeAccessURL",
  "purchaseParkingURL",
  "purchaseWifiURL",
  "registerServiceAnimalURL",
  "reportLostBagURL",
  "requestWheelchairURL",
  "sellURL",
  "trackBagsURL",
  "transferURL",
  "transitInformationURL",
  "transitProviderWebsiteURL",
  "upgradeURL",
] as const;

const identifiers = listOf(number(1, Number.MAX_SAFE_INTEGER, true));

const rule = object({
  required: {
    formatVersion: exactly(1),
    passTypeIdentifier: matching(/^pass\..+/, "an identifier that begins with pass."),
    teamIdentifier: matching(/^[A-Z0-9]{10}$/, "the 10 letters and digits of a team id"),
    serialNumber: text({ max: 255 }),
    organizationName: text(),
    description: text(),
  },
  optional: {
    ...Object.fromEntries(PASS_STYLES.map((style) => [style, styleRule(style)])),
    ...Object.fromEntries(LINKS.map((name) => [name, anyUrl])),
    appLaunchURL: anyUrl,
    associatedStoreIdentifiers: identifiers,
    auxiliaryStoreIdentifiers: identifiers,
    authenticationToken,
    backgroundColor: colour,
    foregroundColor: colour,
    labelColor: colour,
    footerBackgroundColor: colour,
    stripColor: colour,
    barcode,
    barcodes: listOf(barcodes),
    beacons: listOf(beacon),
    contactVenueEmail: text(),
    contactVenuePhoneNumber: text(),
    eventLogoText: text({ min: 0 }),
    expirationDate: date,
    groupingIdentifier: text(),
    locations: listOf(location, 10),
    logoText: text({ min: 0 }),
    maxDistance: number(0),
    nfc,
    preferredStyleSchemes: listOf(text()),
    relevantDate: date,
    relevantDates: listOf(relevantDate),
    semantics: (value, place) => requireJsonObject(value, place),
    sharingProhibited: bool,
    suppressHeaderDarkening: bool,
    suppressStripShine: bool,
    transitProviderEmail: text(),
    transitProviderPhoneNumber: text(),
    upcomingPassInformation: listOf((value, place) => requireJsonObject(value, place)),
    useAutomaticColors: bool,
    userInfo: anything,
    voided: bool,
    webServiceURL: serviceUrl,
  },
  also: checkTogether,
});

/** `pass.json` by Apple's page "Pass". @throws InvalidPackage for the first mistake */
export function checkPassJson(json: unknown, place: Place): void {
  rule(json, place);
}

function checkTogether(json: Json, place: Place): void {
  const styles = PASS_STYLES.filter((style) => json[style] !== undefined);
  if (styles.length === 0) {
    throw place.fail(
      "missing",
      `needs a style: ${PASS_STYLES.slice(0, -1).join(", ")} or ${PASS_STYLES.at(-1)}`,
    );
  }
  if (styles.length > 1) {
    throw place.member(styles[1]!).fail("conflict", `conflicts with ${styles[0]}; a pass has one style`);
  }
  if (json.webServiceURL !== undefined && json.authenticationToken === undefined) {
    const why = "is missing; Wallet calls webServiceURL with it";
    throw place.member("authenticationToken").fail("missing", why);
  }
  const [style] = styles;
  if (json.groupingIdentifier !== undefined && style !== "boardingPass" && style !== "eventTicket") {
    place.member("groupingIdentifier").warn("has an effect in boarding passes and event tickets only");
  }
  if (json.appLaunchURL !== undefined && json.associatedStoreIdentifiers === undefined) {
    place.member("appLaunchURL").warn("has no effect without associatedStoreIdentifiers");
  }
}

/** The style of a checked pass. */
export function styleOf(json: Json): PassStyle {
  return PASS_STYLES.find((style) => json[style] !== undefined)!;
}
