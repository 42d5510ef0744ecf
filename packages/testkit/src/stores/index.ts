export { PostgresServer } from "./postgres-server.ts";
export { RedisServer } from "./redis-server.ts";
export { type Store, type StoreUse, storeTitle } from "./store.ts";
