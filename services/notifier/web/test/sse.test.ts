import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { MessageParser } from "../src/sse";

function parse(...pieces: string[]): [string | undefined, string][] {
  const messages: [string | undefined, string][] = [];
  const parser = new MessageParser((id, data) => messages.push([id, data]));
  for (const piece of pieces) parser.push(piece);
  return messages;
}

const stream = 'retry: 2000\n\nid: 1\nevent: stock.low\ndata: {"a":1}\n\n: heartbeat\n\nid: 2\ndata: x\ndata: y\n\n';

suite("MessageParser", () => {
  test("a message has the id and the data", () => {
    assert.deepEqual(parse(stream), [
      ["1", '{"a":1}'],
      ["2", "x\ny"],
    ]);
  });
  test("pieces may end anywhere", () => {
    for (let at = 0; at <= stream.length; at++) {
      assert.deepEqual(parse(stream.slice(0, at), stream.slice(at)), parse(stream), `cut at ${at}`);
    }
    assert.deepEqual(parse(...Array.from(stream)), parse(stream));
  });
  test("lines may end with a carriage return", () => {
    assert.deepEqual(parse(stream.replaceAll("\n", "\r\n")), parse(stream));
  });
  test("one space after the colon is not part of the value", () => {
    assert.deepEqual(parse("data:  x\n\n", "data:y\n\n"), [
      [undefined, " x"],
      [undefined, "y"],
    ]);
  });
  test("an id stays for the messages after it", () => {
    assert.deepEqual(parse("id: 7\ndata: a\n\ndata: b\n\n"), [
      ["7", "a"],
      ["7", "b"],
    ]);
  });
  test("an unfinished message is not passed on", () => assert.deepEqual(parse("id: 1\ndata: a\n"), []));
});
