import { received } from "@apnskit/connection/internal";
import type { Place } from "../document/place.ts";
import {
  anyUrl,
  authenticationToken,
  date,
  exactly,
  type Json,
  listOf,
  matching,
  number,
  object,
  oneOf,
  type Rule,
  requireJsonObject,
  text,
} from "../document/rules.ts";

const anObject: Rule = (value, place) => requireJsonObject(value, place);

const httpsUrl: Rule = (value, place) => {
  if (typeof value === "string" && /^https:\/\//i.test(value) && URL.canParse(value)) return;
  throw place.fail("invalid", `must be a URL that begins with https://${received(value)}`);
};

/** The page "CurrencyAmount" asks for a text, but Apple's examples have numbers. */
const decimal: Rule = (value, place) => {
  if (typeof value === "number" || (typeof value === "string" && /^-?\d+(?:\.\d+)?$/.test(value))) return;
  throw place.fail("invalid", `must be an amount such as "19.99"${received(value)}`);
};

const amount = object({
  required: { amount: decimal, currency: matching(/^[A-Z]{3}$/, "an ISO 4217 code, such as EUR") },
});

const payment = object({
  required: {
    total: amount,
    status: oneOf("pending", "authorized", "paid", "refunded", "declined", "voided"),
  },
  optional: {
    paymentMethods: listOf(text()),
    summaryItems: listOf(anObject),
    transactions: listOf(anObject),
  },
});

const barcode = object({
  required: { format: text(), message: text(), messageEncoding: text() },
  optional: { altText: text({ min: 0 }) },
});

const merchant = object({
  required: { merchantIdentifier: text(), displayName: text(), url: anyUrl },
  optional: {
    address: anObject,
    businessChatURL: anyUrl,
    contactURL: anyUrl,
    emailAddress: text(),
    logo: text(),
    phoneNumber: text(),
  },
});

const lineItem = object({
  required: { title: text(), quantity: number(0) },
  optional: { image: text(), price: amount, subtitle: text({ min: 0 }), gtin: text(), sku: text() },
});

const common = { lineItems: listOf(lineItem), notes: text({ min: 0 }), statusDescription: text({ min: 0 }) };

const shipping = object({
  required: {
    fulfillmentIdentifier: text(),
    status: oneOf(
      "open",
      "processing",
      "onTheWay",
      "outForDelivery",
      "delivered",
      "shipped",
      "issue",
      "cancelled",
    ),
  },
  optional: {
    ...common,
    carrier: text(),
    deliveredAt: date,
    estimatedDeliveryAt: date,
    recipient: anObject,
    shippedAt: date,
    shippingType: oneOf("shipping", "delivery"),
    trackingNumber: text(),
    trackingURL: anyUrl,
  },
});

const pickup = object({
  required: {
    displayName: text(),
    fulfillmentIdentifier: text(),
    status: oneOf("open", "processing", "readyForPickup", "pickedUp", "issue", "cancelled"),
  },
  optional: { ...common, address: anObject, barcode, location: anObject, pickedUpAt: date, pickupAt: date },
});

const fulfillment: Rule = (value, place) => {
  requireJsonObject(value, place);
  oneOf("shipping", "pickup")(value.fulfillmentType, place.member("fulfillmentType"));
  (value.fulfillmentType === "shipping" ? shipping : pickup)(value, place);
};

const rule = object({
  required: {
    schemaVersion: exactly(1),
    orderTypeIdentifier: matching(/^order\..+/, "an identifier that begins with order."),
    orderIdentifier: text({ max: 255 }),
    orderType: oneOf("ecommerce"),
    orderManagementURL: anyUrl,
    merchant,
    status: oneOf("open", "completed", "cancelled"),
    createdAt: date,
    updatedAt: date,
  },
  optional: {
    associatedApplicationIdentifiers: listOf(text()),
    associatedApplications: listOf(anObject),
    authenticationToken,
    barcode,
    changeNotifications: oneOf("enabled", "disabledIfAppInstalled"),
    customer: anObject,
    fulfillments: listOf(fulfillment),
    lineItems: listOf(lineItem),
    orderNumber: text(),
    orderProvider: anObject,
    payment,
    returnInfo: anObject,
    returns: listOf(anObject),
    statusDescription: text(),
    webServiceURL: httpsUrl,
  },
  also: checkTogether,
});

/** `order.json` by Apple's page "Order". @throws InvalidPackage for the first mistake */
export function checkOrderJson(json: unknown, place: Place): void {
  rule(json, place);
}

function checkTogether(json: Json, place: Place): void {
  if (json.webServiceURL !== undefined && json.authenticationToken === undefined) {
    const why = "is missing; Wallet calls webServiceURL with it";
    throw place.member("authenticationToken").fail("missing", why);
  }
  if (Date.parse(json.updatedAt as string) < Date.parse(json.createdAt as string)) {
    throw place.member("updatedAt").fail("conflict", "is before createdAt; it only grows");
  }
}

/** Members that name a file of the package. Wallet shows a gap if the file is missing. */
const IMAGE_MEMBERS: ReadonlySet<string> = new Set(["logo", "image"]);

/** The places of `json` that name an image, with the names. */
export function* imagesOf(json: unknown, place: Place): Generator<readonly [Place, string]> {
  if (Array.isArray(json)) {
    for (const [index, element] of json.entries()) yield* imagesOf(element, place.element(index));
    return;
  }
  if (typeof json !== "object" || json === null) return;
  for (const [name, value] of Object.entries(json)) {
    const here = place.member(name);
    if (IMAGE_MEMBERS.has(name) && typeof value === "string") yield [here, value];
    else yield* imagesOf(value, here);
  }
}
