export { Apache, type ApacheOptions } from "./apache.ts";
export { H2o } from "./h2o.ts";
export { Haproxy, type HaproxyOptions } from "./haproxy.ts";
export { createFiles, Nghttpd, type NghttpdOptions } from "./nghttpd.ts";
export { Nginx, type NginxOptions, nginxRequests } from "./nginx.ts";
export type { Peer } from "./peer.ts";
export { type PeerOptions, PeerProcess, type Site } from "./peer-process.ts";
export { type Availability, findProgram } from "./program.ts";
export { Tinyproxy, type TinyproxyOptions } from "./tinyproxy.ts";
