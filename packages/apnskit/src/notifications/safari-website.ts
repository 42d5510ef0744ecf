import { missing, requiredText, text, textList } from "./fields.ts";
import { HEADER_OPTIONS, type HeaderOptions } from "./header-options.ts";
import { encodeJson } from "./json.ts";
import { KINDS } from "./kinds.ts";
import { Notification } from "./notification.ts";
import { assertOptions } from "./options-object.ts";
import { Vocabulary } from "./vocabulary.ts";

/** Options of {@link safariWebsite}. */
export interface SafariWebsiteOptions extends HeaderOptions {
  /** Heading; not empty. */
  readonly title: string;
  /** The message itself; not empty. */
  readonly body: string;
  /** Label of the button. */
  readonly action?: string | undefined;
  /** Values for the placeholders of the website's `urlFormatString`, as many as it has. */
  readonly urlArgs: readonly string[];
}

const VOCABULARY = new Vocabulary([...HEADER_OPTIONS, "title", "body", "action", "urlArgs"]);

/**
 * A website's notification in Safari on macOS ("Configuring Safari Push Notifications"). The topic is the
 * website push identifier (`web.…`), the environment production; custom keys are not possible. Priority 10 by
 * default.
 *
 * @throws InvalidNotification without `title`, `body` or `urlArgs`
 */
export function safariWebsite(options: SafariWebsiteOptions): Notification {
  assertOptions(options, "{ title, body, urlArgs }");
  VOCABULARY.assertOnly(options);
  if (options.urlArgs === undefined) throw missing("urlArgs");
  const content = {
    title: requiredText(options.title, "title"),
    body: requiredText(options.body, "body"),
    ...(options.action === undefined ? {} : { action: text(options.action, "action") }),
  };
  const aps = { alert: content, "url-args": textList(options.urlArgs, "urlArgs") };
  return new Notification(KINDS.safariWebsite, encodeJson({ aps }), options);
}
