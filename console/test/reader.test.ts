import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Failure } from "../src/api/client";
import type { InventoryEvent } from "../src/live/event";
import { Reader, type Source, type State } from "../src/live/reader";

const event: InventoryEvent = { id: "1", event_type: "stock.updated", aggregate_id: "p", created_at: "", payload: {} };

class Figures implements Source {
  reads: number[] = []; // their times
  touched = true;
  left = false;
  duration = 0;
  fail: Error | null = null;

  touchedBy() {
    return this.touched;
  }
  touchAll() {
    return true;
  }
  async read() {
    this.reads.push(Date.now());
    await new Promise((resolve) => setTimeout(resolve, this.duration));
    if (this.fail) throw this.fail;
    return this.left;
  }
}

let state: State;
let reader: Reader;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  reader = new Reader((s) => {
    state = s;
  });
});

afterEach(() => {
  reader.stop();
  vi.useRealTimers();
});

// traffic sends events a second for so many seconds.
async function traffic(perSecond: number, seconds: number) {
  for (let i = 0; i < perSecond * seconds; i++) {
    reader.event(event);
    await vi.advanceTimersByTimeAsync(1000 / perSecond);
  }
}

test("steady traffic is read again at most twice a second, and each change within a second", async () => {
  const a = new Figures();
  const b = new Figures();
  reader.add(a);
  reader.add(b);
  await traffic(25, 20);
  const reads = [...a.reads, ...b.reads].sort((x, y) => x - y);
  for (const start of reads)
    expect(reads.filter((at) => at >= start && at < start + 1000).length).toBeLessThanOrEqual(2);
  for (const { reads: own } of [a, b]) {
    expect(own[0]).toBeLessThanOrEqual(1_000_000 + 1000);
    for (let i = 1; i < own.length; i++) expect((own[i] ?? 0) - (own[i - 1] ?? 0)).toBeLessThanOrEqual(1200);
  }
  expect(Date.now() - state.asOf).toBeLessThanOrEqual(1300);
});

test("the events of one change are read once, and then the figures are true", async () => {
  const a = new Figures();
  reader.add(a);
  for (let i = 0; i < 5; i++) reader.event(event);
  expect(state.behindSince).toBe(1_000_000);
  await vi.advanceTimersByTimeAsync(5000);
  expect(a.reads).toHaveLength(1);
  expect(state.behindSince).toBeNull();
  reader.hear();
  expect(state.asOf).toBe(Date.now());
});

test("an event that concerns no figure reads nothing", async () => {
  const a = new Figures();
  a.touched = false;
  reader.add(a);
  await traffic(10, 2);
  expect(a.reads).toHaveLength(0);
});

test("a failed reading is tried again, and the figures stay behind", async () => {
  const a = new Figures();
  a.fail = new Failure(503, { code: "STORAGE_UNAVAILABLE", detail: "Away." });
  reader.add(a);
  reader.event(event);
  await vi.advanceTimersByTimeAsync(7000);
  expect(state.trouble).toBe(a.fail);
  expect(state.asOf).toBe(1_000_000);
  expect(a.reads.length).toBeGreaterThan(2);
  expect(a.reads.length).toBeLessThan(6);
  a.fail = null;
  await vi.advanceTimersByTimeAsync(3000);
  expect(state).toMatchObject({ trouble: null, behindSince: null });
});

test("a change during a reading is read after it", async () => {
  const a = new Figures();
  a.duration = 400;
  reader.add(a);
  reader.event(event);
  await vi.advanceTimersByTimeAsync(300);
  expect(a.reads).toHaveLength(1);
  reader.event(event);
  await vi.advanceTimersByTimeAsync(5000);
  expect(a.reads).toHaveLength(2);
});

test("a slow server gets a pause", async () => {
  const a = new Figures();
  a.duration = 1000;
  a.left = true;
  reader.add(a);
  reader.event(event);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(a.reads.length).toBeLessThanOrEqual(5);
  expect(a.reads.length).toBeGreaterThan(3);
});

test("a source that is left is not read", async () => {
  const a = new Figures();
  const remove = reader.add(a);
  reader.event(event);
  remove();
  await vi.advanceTimersByTimeAsync(5000);
  expect(a.reads).toHaveLength(0);
  expect(state.behindSince).toBeNull();
});
