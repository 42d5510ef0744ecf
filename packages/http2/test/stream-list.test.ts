import fc from "fast-check";
import { expect, test } from "vitest";
import { defaultSettings, FieldList } from "../src/index.ts";
import { ClientStream } from "../src/stream.ts";
import { StreamList } from "../src/stream-list.ts";

const request = {
  method: "POST",
  path: "/",
  sharedFields: FieldList.empty,
  ownFields: FieldList.empty,
  content: new Uint8Array(0),
};

test("holds its streams as an array does, whichever is removed", () => {
  const step = fc.oneof(fc.constant("add" as const), fc.nat());
  const property = fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const list = new StreamList<undefined>();
    const model: ClientStream<undefined>[] = [];
    let id = 1;
    for (const one of steps) {
      if (one === "add") {
        const stream = new ClientStream(id, undefined, request, defaultSettings);
        id += 2;
        list.add(stream);
        model.push(stream);
      } else if (model.length > 0) {
        const [removed] = model.splice(one % model.length, 1);
        list.remove(removed!);
        expect([removed!.previous, removed!.next]).toEqual([undefined, undefined]);
      }
      const ids: number[] = [];
      for (let stream = list.first; stream !== undefined; stream = stream.next) ids.push(stream.id);
      expect(ids).toEqual(model.map((stream) => stream.id));
    }
  });
  fc.assert(property);
});
