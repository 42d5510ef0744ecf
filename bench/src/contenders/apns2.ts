/** apns2 with its defaults: 32 connections with one request on each, regardless of the bench's options. */
import { contend } from "../contender.ts";
import { openApns2 } from "./apns2-client.ts";

contend((task) => openApns2(task, { connections: 32, pipelining: 1, maxConcurrentStreams: 100 }));
