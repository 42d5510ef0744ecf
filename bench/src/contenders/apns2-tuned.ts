/** apns2 with the bench's connections and streams. The options of apns2 cannot set them. */
import { contend } from "../contender.ts";
import { openApns2 } from "./apns2-client.ts";

contend((task) =>
  openApns2(task, {
    connections: task.connections,
    pipelining: task.streams,
    maxConcurrentStreams: task.streams,
  }),
);
