import { randomBytes } from "node:crypto";
import { crc32, deflateSync } from "node:zlib";

export const PASS_TYPE = "pass.com.example.card";
export const ORDER_TYPE = "order.com.example.shop";
export const WEBSITE = "web.com.example";
export const TEAM = "A1B2C3D4E5";
export const TOKEN = "vxwxd7J8AlNNFPS8k0a0FfUFtq0ewzFdc";

/** A PNG image of one colour, or of noise, which does not compress. */
export function png(width: number, height = width, noise = false): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const line = 1 + width * 3;
  const pixels = noise ? randomBytes(line * height) : Buffer.alloc(line * height, 0x40);
  for (let row = 0; row < height; row++) pixels[row * line] = 0;
  return Buffer.concat([
    Buffer.from("89504e470d0a1a0a", "hex"),
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(pixels)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** `pass.json` of a store card. */
export function passJson(): Record<string, unknown> {
  return {
    formatVersion: 1,
    passTypeIdentifier: PASS_TYPE,
    teamIdentifier: TEAM,
    serialNumber: "4711",
    organizationName: "Example",
    description: "Membership card",
    webServiceURL: "https://wallet.example.com/",
    authenticationToken: TOKEN,
    backgroundColor: "rgb(23, 187, 82)",
    barcodes: [{ format: "PKBarcodeFormatQR", message: "4711", messageEncoding: "iso-8859-1" }],
    storeCard: {
      primaryFields: [{ key: "balance", label: "Balance", value: 21.5, currencyCode: "EUR" }],
      secondaryFields: [
        { key: "since", label: "Since", value: "2026-01-31T10:00Z", dateStyle: "PKDateStyleShort" },
      ],
    },
  };
}

/** The files of a pass. */
export function passFiles(json: object = passJson()): Record<string, Buffer | object> {
  return {
    "pass.json": json,
    "icon.png": png(29),
    "icon@2x.png": png(58),
    "logo.png": png(160, 50),
    "de.lproj/pass.strings": Buffer.from('/* Deutsch */\n"Balance" = "Guthaben";\n'),
  };
}

/** `order.json` of an order that was shipped. */
export function orderJson(): Record<string, unknown> {
  return {
    schemaVersion: 1,
    orderTypeIdentifier: ORDER_TYPE,
    orderIdentifier: "100-1",
    orderType: "ecommerce",
    orderManagementURL: "https://shop.example.com/orders/100-1",
    merchant: {
      merchantIdentifier: "merchant.com.example",
      displayName: "Example",
      url: "https://shop.example.com",
      logo: "logo.png",
    },
    status: "open",
    createdAt: "2026-05-01T10:00:00Z",
    updatedAt: "2026-05-02T10:00:00Z",
    webServiceURL: "https://wallet.example.com/",
    authenticationToken: TOKEN,
    payment: { total: { amount: "19.99", currency: "EUR" }, status: "paid" },
    lineItems: [{ title: "Tea", quantity: 2, image: "tea.png" }],
    fulfillments: [{ fulfillmentIdentifier: "1", fulfillmentType: "shipping", status: "onTheWay" }],
  };
}

export function orderFiles(json: object = orderJson()): Record<string, Buffer | object> {
  return { "order.json": json, "logo.png": png(300), "tea.png": png(300) };
}

/** `website.json` of a push package. */
export function websiteJson(): Record<string, unknown> {
  return {
    websiteName: "Example",
    websitePushID: WEBSITE,
    allowedDomains: ["https://www.example.com"],
    urlFormatString: "https://www.example.com/%@",
    authenticationToken: TOKEN,
    webServiceURL: "https://push.example.com",
  };
}

export function websiteFiles(json: object = websiteJson()): Record<string, Buffer | object> {
  const icons = [16, 32, 128].flatMap((side) => [
    [`icon.iconset/icon_${side}x${side}.png`, png(side)] as const,
    [`icon.iconset/icon_${side}x${side}@2x.png`, png(side * 2)] as const,
  ]);
  return { "website.json": json, ...Object.fromEntries(icons) };
}
