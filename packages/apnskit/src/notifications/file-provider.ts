import { requiredText, text } from "./fields.ts";
import type { HeaderOptions } from "./header-options.ts";
import { KINDS } from "./kinds.ts";
import type { Named } from "./named.ts";
import type { Notification } from "./notification.ts";
import { assertOptions } from "./options-object.ts";
import { ApsMapping, assemble, ownData, type PayloadOptions } from "./payload.ts";

/** Options of {@link fileProvider}. */
export interface FileProviderOptions extends PayloadOptions, HeaderOptions {
  /** The container that changed. Default: the working set. Replicated extensions accept no other container. */
  readonly containerIdentifier?: string | undefined;
  /** The domain that changed; omit it for extensions without domains. */
  readonly domain?: string | undefined;
}

const APS = new ApsMapping({}, ["containerIdentifier", "domain"]);
const WORKING_SET = "NSFileProviderWorkingSetContainerItemIdentifier";

/**
 * Tells a File Provider extension to look for changes ("Using push notifications to signal changes"). Topic suffix
 * `.pushkit.fileprovider`; priority 10 by default; at most 4,096 bytes.
 *
 * @throws InvalidNotification
 */
export function fileProvider(options: FileProviderOptions | Named<FileProviderOptions> = {}): Notification {
  assertOptions(options, '{ domain: "work" }');
  const { containerIdentifier = WORKING_SET, domain } = options;
  const change = {
    "container-identifier": requiredText(containerIdentifier, "containerIdentifier"),
    ...(domain === undefined ? {} : { domain: text(domain, "domain") }),
  };
  return assemble(KINDS.fileProvider, APS.mapIfAny(options), options, { ...change, ...ownData(options) });
}
