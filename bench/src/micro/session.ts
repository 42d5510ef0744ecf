import { ClientSession, FieldList } from "@apnskit/http2";
import { answers, settingsFrame, windowUpdateFrame } from "../sink/frames.ts";
import { devicePath, deviceTokens, payload } from "../workload.ts";
import type { MicroCase } from "./case.ts";

const STREAMS = 1_000;
/** The session is replaced after this many requests, before its stream ids run out. */
const MOST_REQUESTS = 2 ** 29;
const MOST_WINDOW = 2 ** 31 - 1 - 65_535;

function openSession(): ClientSession<number> {
  const session = new ClientSession<number>({ authority: "api.push.apple.com" });
  session.receive(settingsFrame(STREAMS));
  session.receive(windowUpdateFrame(MOST_WINDOW));
  session.takeOutput();
  return session;
}

function exchange(name: string, bodyBytes: number): MicroCase {
  return {
    group: "session",
    name,
    batch: STREAMS,
    prepare() {
      const sharedFields = FieldList.from([["apns-topic", "com.example.bench"]], () => "indexed");
      const body = Buffer.from(JSON.stringify(payload(bodyBytes)));
      const requests = deviceTokens(STREAMS).map((token) => ({
        method: "POST",
        path: devicePath(token),
        sharedFields,
        ownFields: FieldList.empty,
        content: body,
      }));
      let session = openSession();
      let sent = 0;
      return (times) => {
        let answered = 0;
        for (let done = 0; done < times; done += STREAMS) {
          if (sent > MOST_REQUESTS || session.sendWindow < STREAMS * bodyBytes) {
            session = openSession();
            sent = 0;
          }
          const ids = requests.map((request, index) => session.request(request, index).id);
          sent += STREAMS;
          for (let output = session.takeOutput(); output !== undefined; output = session.takeOutput()) {
            session.recycle(output);
          }
          answered += session.receive(answers(ids)).length;
        }
        return answered;
      };
    },
  };
}

export const sessionCases: readonly MicroCase[] = [
  exchange("a request out and its answer in, 200 B", 200),
  exchange("a request out and its answer in, 4 KB", 4_096),
];
