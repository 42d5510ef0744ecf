import type { OptionDefinition, OptionGroup } from "../definition.ts";

/** Which store the machines of a campaign share. */
export interface StoreFlags {
  readonly redis?: string;
  readonly postgres?: string;
}

const OPTIONS: readonly OptionDefinition[] = [
  {
    flags: "--redis <url>",
    description: "the store is Redis or Valkey, such as redis://10.0.0.5:6379/0; needs @apnskit/bullmq",
  },
  {
    flags: "--postgres <url>",
    description: "the store is PostgreSQL, such as postgres://user@10.0.0.5/jobs; needs @apnskit/bullmq",
  },
];

/** Leads a command to the store of several machines. */
export const STORE_OPTIONS: OptionGroup = { heading: "Many machines", options: OPTIONS };
