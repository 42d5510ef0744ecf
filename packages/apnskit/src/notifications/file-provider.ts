import type { DeliveryOptions } from "./delivery.ts";
import { requiredText, text } from "./fields.ts";
import { kind, type Notification } from "./notification.ts";
import { ApsMapping, assemble, ownData, type PayloadOptions } from "./payload.ts";

/** What {@link fileProvider} takes. */
export interface FileProviderOptions extends PayloadOptions, DeliveryOptions {
  /** The container that changed; the working set by default, the only one that replicated extensions take. */
  readonly containerIdentifier?: string | undefined;
  /** The domain that changed; left out for extensions without domains. */
  readonly domain?: string | undefined;
}

const KIND = kind("fileProvider", "fileprovider");
const APS = new ApsMapping({}, ["containerIdentifier", "domain"]);
const WORKING_SET = "NSFileProviderWorkingSetContainerItemIdentifier";

/**
 * Tells a File Provider extension to look for changes ("Using push notifications to signal changes"). Topic suffix
 * `.pushkit.fileprovider`; priority 10 by default; at most 4,096 bytes.
 *
 * @throws InvalidNotification
 */
export function fileProvider(options: FileProviderOptions = {}): Notification {
  const { containerIdentifier = WORKING_SET, domain } = options;
  const change = {
    "container-identifier": requiredText(containerIdentifier, "containerIdentifier"),
    ...(domain === undefined ? {} : { domain: text(domain, "domain") }),
  };
  return assemble(KIND, APS.mapIfAny(options), options, { ...change, ...ownData(options) });
}
