import { resolve } from "node:path";
import type { Format, InputOptions } from "../input/input-file.ts";

/** What a journal records about the file of its campaign; stored as the campaign's `data`. */
export interface CampaignOrigin {
  /** Absolute. */
  readonly file: string;
  readonly format?: Format;
  /** Absolute. */
  readonly template?: string;
  readonly tokenColumn: string;
}

export function originOf(input: Omit<InputOptions, "skip">): CampaignOrigin {
  const { path, format, template, tokenColumn } = input;
  return {
    // Only a store takes stdin, which is read once.
    file: path === "-" ? path : resolve(path),
    ...(format !== undefined && { format }),
    ...(template !== undefined && { template: resolve(template) }),
    tokenColumn,
  };
}

export function inputOf(origin: CampaignOrigin): InputOptions {
  const { file, format, template, tokenColumn } = origin;
  return { path: file, format, template, tokenColumn, skip: 0 };
}

/** @returns `undefined` for a journal that this command did not make */
export function readOrigin(data: unknown): CampaignOrigin | undefined {
  const origin = data as Partial<CampaignOrigin> | null | undefined;
  if (typeof origin?.file !== "string" || typeof origin.tokenColumn !== "string") return undefined;
  return origin as CampaignOrigin;
}
