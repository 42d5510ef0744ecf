import { LONGEST_LIFE } from "../../provider-token/token-agreement.ts";
import type { ProviderTokenStore, StoredProviderToken } from "../../provider-token/token-store.ts";
import type { RedisScripts, Script } from "./redis-scripts.ts";

// Both return the value and its age by the server's clock, so the clocks of workers do not matter.
const HELD = `
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local held = redis.call("HMGET", KEYS[1], "value", "at")
`;

const READ: Script = {
  name: "apnskitReadToken",
  numberOfKeys: 1,
  lua: `${HELD}
if not held[1] then return {} end
return { held[1], tostring(now - held[2]) }`,
};

const REPLACE: Script = {
  name: "apnskitReplaceToken",
  numberOfKeys: 1,
  lua: `${HELD}
if (held[1] or "") ~= ARGV[1] then return { held[1] or "", tostring(now - (held[2] or now)) } end
redis.call("HSET", KEYS[1], "value", ARGV[2], "at", tostring(now))
redis.call("PEXPIRE", KEYS[1], ARGV[3])
return { ARGV[2], "0" }`,
};

/** Provider tokens in Redis: one hash for each key. It expires two hours after the last renewal. */
export class RedisTokenStore implements ProviderTokenStore {
  readonly #scripts: RedisScripts;
  readonly #prefix: string;

  constructor(scripts: RedisScripts, prefix: string) {
    this.#scripts = scripts;
    this.#prefix = prefix;
  }

  async read(name: string): Promise<StoredProviderToken | undefined> {
    const [value, age] = (await this.#scripts.run(READ, [this.#key(name)], [])) as string[];
    return value === undefined ? undefined : { value, age: Number(age) };
  }

  async replace(name: string, previous: string | undefined, value: string): Promise<StoredProviderToken> {
    const values = [previous ?? "", value, 2 * LONGEST_LIFE];
    for (;;) {
      const [held, age] = (await this.#scripts.run(REPLACE, [this.#key(name)], values)) as [string, string];
      if (held !== "") return { value: held, age: Number(age) };
      // The previous token has expired meanwhile.
      values[0] = "";
    }
  }

  #key(name: string): string {
    return `${this.#prefix}:${name}`;
  }
}
