import type { WalletItem } from "../../src/wallet/wallet-item.ts";
import { isObject, type Json, type JsonObject } from "./payload.ts";

/** A field of a pass. */
export interface PassField {
  readonly label: string;
  readonly value: string;
}

/** A pass or an order as a card. */
export interface PassView {
  readonly title: string;
  readonly description: string;
  /** CSS colours; undefined if the pass has no usable value. */
  readonly background: string | undefined;
  readonly foreground: string | undefined;
  readonly fields: readonly PassField[];
  /** The message of its barcode; undefined without a barcode. */
  readonly code: string | undefined;
  readonly isVoid: boolean;
}

const STYLES = ["boardingPass", "coupon", "eventTicket", "generic", "storeCard"];
const GROUPS = ["headerFields", "primaryFields", "secondaryFields", "auxiliaryFields"];
const MOST_FIELDS = 12;

/** Reads a card from `pass.json` or `order.json`. All its text comes from outside. */
export function passView({ kind, content }: Pick<WalletItem, "kind" | "content">): PassView {
  const json = content as JsonObject;
  return kind === "order" ? orderView(json) : viewOf(json);
}

function viewOf(pass: JsonObject): PassView {
  const style = STYLES.map((name) => pass[name]).find((each) => isObject(each)) as JsonObject | undefined;
  const fields = GROUPS.flatMap((group) => listOf(style?.[group])).flatMap((field) =>
    isObject(field) ? [{ label: textOf(field.label) || textOf(field.key), value: textOf(field.value) }] : [],
  );
  const [code = pass.barcode] = listOf(pass.barcodes);
  return {
    title: textOf(pass.logoText) || textOf(pass.organizationName) || "Pass",
    description: textOf(pass.description),
    background: colourOf(pass.backgroundColor),
    foreground: colourOf(pass.foregroundColor),
    fields: fields.slice(0, MOST_FIELDS),
    code: isObject(code) ? textOf(code.altText) || textOf(code.message) : undefined,
    isVoid: pass.voided === true,
  };
}

function orderView(order: JsonObject): PassView {
  const merchant = isObject(order.merchant) ? order.merchant : {};
  const fields = ["orderNumber", "status", "statusDescription", "updatedAt"].flatMap((name) => {
    const value = textOf(order[name]);
    return value === "" ? [] : [{ label: name, value }];
  });
  return {
    title: textOf(merchant.displayName) || "Order",
    description: textOf(order.orderType),
    background: undefined,
    foreground: undefined,
    fields,
    code: undefined,
    isVoid: false,
  };
}

/**
 * Accepts only `rgb(r, g, b)`, the form that Wallet takes, so that no other CSS from a pass reaches the page.
 */
function colourOf(value: Json | undefined): string | undefined {
  const found =
    typeof value === "string" ? /^rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)$/.exec(value) : null;
  return found ? `rgb(${found[1]}, ${found[2]}, ${found[3]})` : undefined;
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
