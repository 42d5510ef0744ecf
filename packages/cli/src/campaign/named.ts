/** A recipient in doubt as `status` names it. */
export interface Named {
  /** Place in the campaign, from 0. */
  readonly index: number;
  /** Absent when the file is gone. */
  readonly line?: number;
  readonly token?: string;
}
