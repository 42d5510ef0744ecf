import { received } from "@apnskit/connection/internal";
import type { Place } from "../document/place.ts";
import {
  bool,
  isDate,
  type Json,
  listOf,
  matching,
  object,
  oneOf,
  type Rule,
  text,
} from "../document/rules.ts";

const DATE_STYLE = oneOf(
  "PKDateStyleNone",
  "PKDateStyleShort",
  "PKDateStyleMedium",
  "PKDateStyleLong",
  "PKDateStyleFull",
);

/** A text, a date or a number. */
const value: Rule = (given, place) => {
  if (typeof given === "string" || (typeof given === "number" && Number.isFinite(given))) return;
  throw place.fail("invalid", `must be a string, a date or a number${received(given)}`);
};

/** One field of a pass ("PassFieldContent"). */
const field = object({
  required: { key: text(), value },
  optional: {
    attributedValue: value,
    changeMessage: text(),
    currencyCode: matching(/^[A-Z]{3}$/, "an ISO 4217 code, such as EUR"),
    dataDetectorTypes: listOf(
      oneOf(
        "PKDataDetectorTypePhoneNumber",
        "PKDataDetectorTypeLink",
        "PKDataDetectorTypeAddress",
        "PKDataDetectorTypeCalendarEvent",
      ),
    ),
    dateStyle: DATE_STYLE,
    timeStyle: DATE_STYLE,
    ignoresTimeZone: bool,
    isRelative: bool,
    label: text({ min: 0 }),
    numberStyle: oneOf(
      "PKNumberStyleDecimal",
      "PKNumberStylePercent",
      "PKNumberStyleScientific",
      "PKNumberStyleSpellOut",
    ),
    textAlignment: oneOf(
      "PKTextAlignmentLeft",
      "PKTextAlignmentCenter",
      "PKTextAlignmentRight",
      "PKTextAlignmentNatural",
    ),
  },
  also: checkStyles,
});

/** A style needs a value of a suitable type. */
function checkStyles(given: Json, place: Place): void {
  const isDated = given.dateStyle !== undefined || given.timeStyle !== undefined;
  const isCounted = given.numberStyle !== undefined || given.currencyCode !== undefined;
  if (isDated && isCounted) {
    throw place.fail("conflict", "has a date style and a number style; keep one of them");
  }
  if (isDated && !isDate(given.value)) {
    const wanted =
      "must be a complete date with time and zone, because the field has a dateStyle or timeStyle";
    throw place.member("value").fail("invalid", `${wanted}${received(given.value)}`);
  }
  if (isCounted && typeof given.value !== "number") {
    const wanted = "must be a number, because the field has a numberStyle or currencyCode";
    throw place.member("value").fail("invalid", `${wanted}${received(given.value)}`);
  }
  if (typeof given.changeMessage === "string" && !given.changeMessage.includes("%@")) {
    place.member("changeMessage").warn("has no %@, which Wallet replaces by the new value");
  }
}

/** The groups of fields that a style may have. */
export const FIELD_GROUPS = [
  "headerFields",
  "primaryFields",
  "secondaryFields",
  "auxiliaryFields",
  "backFields",
  "additionalInfoFields",
] as const;

const groups: Readonly<Record<string, Rule>> = Object.fromEntries(
  FIELD_GROUPS.map((group) => [group, listOf(field)]),
);

/**
 * The fields of a style; a boarding pass also has the means of travel ("PassFields", "Pass.BoardingPass").
 */
export function styleRule(style: string): Rule {
  const transitType = oneOf(
    "PKTransitTypeAir",
    "PKTransitTypeBoat",
    "PKTransitTypeBus",
    "PKTransitTypeGeneric",
    "PKTransitTypeTrain",
  );
  const required = style === "boardingPass" ? { transitType } : {};
  return object({ required, optional: groups, also: checkKeys });
}

/** Keys are unique in the whole pass, because Wallet compares old and new fields by key. */
function checkKeys(given: Json, place: Place): void {
  const seen = new Map<string, string>();
  for (const group of FIELD_GROUPS) {
    const fields = (given[group] ?? []) as readonly { readonly key: string }[];
    fields.forEach(({ key }, index) => {
      const at = place.member(group).element(index).member("key");
      const other = seen.get(key);
      if (other !== undefined)
        throw at.fail("conflict", `is the same as ${other}; keys are unique in a pass`);
      seen.set(key, at.path);
    });
  }
}
