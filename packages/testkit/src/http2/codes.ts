/** Error codes by name (RFC 9113 §7). */
export const errorCodes = {
  NO_ERROR: 0x0,
  PROTOCOL_ERROR: 0x1,
  INTERNAL_ERROR: 0x2,
  FLOW_CONTROL_ERROR: 0x3,
  SETTINGS_TIMEOUT: 0x4,
  STREAM_CLOSED: 0x5,
  FRAME_SIZE_ERROR: 0x6,
  REFUSED_STREAM: 0x7,
  CANCEL: 0x8,
  COMPRESSION_ERROR: 0x9,
  CONNECT_ERROR: 0xa,
  ENHANCE_YOUR_CALM: 0xb,
  INADEQUATE_SECURITY: 0xc,
  HTTP_1_1_REQUIRED: 0xd,
} as const;

export type ErrorName = keyof typeof errorCodes;

/** A code by its name, or any number, so that a script can also send an undefined code. */
export type ErrorCode = ErrorName | number;

export const codeOf = (code: ErrorCode): number => (typeof code === "number" ? code : errorCodes[code]);

const errorNames = new Map<number, ErrorName>(
  Object.entries(errorCodes).map(([name, code]) => [code, name as ErrorName]),
);

export const nameOf = (code: number): ErrorCode => errorNames.get(code) ?? code;

/** Settings by name (RFC 9113 §6.5.2). Other identifiers are numbers. */
export const settingIds = {
  headerTableSize: 0x1,
  enablePush: 0x2,
  maxConcurrentStreams: 0x3,
  initialWindowSize: 0x4,
  maxFrameSize: 0x5,
  maxHeaderListSize: 0x6,
} as const;

export type SettingName = keyof typeof settingIds;
export type Settings = { readonly [name in SettingName]?: number } & { readonly [id: number]: number };

const settingNames = new Map<number, SettingName>(
  Object.entries(settingIds).map(([name, id]) => [id, name as SettingName]),
);

export const settingNameOf = (id: number): SettingName | number => settingNames.get(id) ?? id;

export const settingIdOf = (name: string): number => settingIds[name as SettingName] ?? Number(name);
