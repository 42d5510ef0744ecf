import type { DeliveryOptions } from "./delivery.ts";
import { missing, requiredText, text, textList } from "./fields.ts";
import { encodeJson } from "./json.ts";
import { kind, Notification } from "./notification.ts";

/** What {@link safariWebsite} takes. */
export interface SafariWebsiteOptions extends DeliveryOptions {
  /** Heading; not empty. */
  readonly title: string;
  /** The message itself; not empty. */
  readonly body: string;
  /** Label of the button. */
  readonly action?: string | undefined;
  /** Values for the placeholders of the website's `urlFormatString`, as many as it has. */
  readonly urlArgs: readonly string[];
}

const KIND = kind("safariWebsite", "alert", { environment: "production" });

/**
 * A notification of a website in Safari on macOS ("Configuring Safari Push Notifications"). The topic is the website
 * push identifier (`web.…`), the environment production; custom keys are not possible. Priority 10 by default.
 *
 * @throws InvalidNotification without `title`, `body` or `urlArgs`
 */
export function safariWebsite(options: SafariWebsiteOptions): Notification {
  if (options.urlArgs === undefined) throw missing("urlArgs");
  const content = {
    title: requiredText(options.title, "title"),
    body: requiredText(options.body, "body"),
    ...(options.action === undefined ? {} : { action: text(options.action, "action") }),
  };
  const aps = { alert: content, "url-args": textList(options.urlArgs, "urlArgs") };
  return new Notification(KIND, encodeJson({ aps }), options);
}
