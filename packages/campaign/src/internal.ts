/**
 * Exports for the other packages of this project, not for users. They may change in any version.
 *
 * @module
 */
export type { Machine } from "./journal/machine.ts";
export { IN_DOUBT_POLICIES, newIdentity, requireName } from "./options.ts";
export { CampaignRun, type RunSetup } from "./run/campaign-run.ts";
export { Pacer } from "./run/pacer.ts";
export { CampaignState } from "./state/campaign-state.ts";
