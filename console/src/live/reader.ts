// Reader decides when the figures on a screen are read again, so that they follow the
// events at any traffic, with at most two requests a second.
import { Failure } from "../api/client";
import type { InventoryEvent } from "./event";

/** Figures on a screen that are read again after a change. */
export interface Source {
  /** Notes an event; reports whether a figure has to be read again. */
  touchedBy(e: InventoryEvent): boolean;
  /** Notes that any figure may have changed; reports whether one has to be read again. */
  touchAll(): boolean;
  /** Reads with one request. Reports whether figures are left to read. */
  read(): Promise<boolean>;
}

export interface State {
  /** The figures show every change before this time. */
  asOf: number;
  /** The time of the first change that they do not show; null when there is none. */
  behindSince: number | null;
  /** Why the last reading failed; null when it did not. */
  trouble: Failure | null;
}

const gatherTime = 100; // the events of one change come together; one reading serves them all
const spacing = 550; // between the starts of two requests
const retryTime = 2000;
// A request that took long is followed by a pause of so many times its duration, at
// most longestPause: the server must not spend its time on one page.
const relief = 3;
const longestPause = 5000;

/** Runs one reading at a time. */
export class Reader {
  private sources = new Set<Source>();
  private waiting = new Map<Source, number>(); // with the time of the first change
  private reading: number | null = null; // that of the source which is read
  private timer: ReturnType<typeof setTimeout> | null = null;
  private nextStart = 0;
  private heard = Date.now();
  private trouble: Failure | null = null;

  constructor(private notify: (state: State) => void) {}

  /** Follows a source, until the returned function is called. */
  add(source: Source): () => void {
    this.sources.add(source);
    return () => {
      this.sources.delete(source);
      this.waiting.delete(source);
      this.publish();
    };
  }

  /** Notes a message of the stream: until now it is known what has changed. */
  hear() {
    this.heard = Date.now();
    this.publish();
  }

  event(e: InventoryEvent) {
    this.heard = Date.now();
    for (const source of this.sources) if (source.touchedBy(e)) this.mark(source);
    this.publish();
  }

  /** Reads every figure again. */
  everything() {
    for (const source of this.sources) if (source.touchAll()) this.mark(source);
    this.publish();
  }

  /** Reads a source soon. */
  mark(source: Source, since = Date.now()) {
    if (!this.sources.has(source)) return;
    this.waiting.set(source, Math.min(since, this.waiting.get(source) ?? since));
    this.schedule();
  }

  stop() {
    if (this.timer !== null) clearTimeout(this.timer);
    this.sources.clear();
    this.waiting.clear();
  }

  private publish() {
    const unread = [...this.waiting.values(), ...(this.reading === null ? [] : [this.reading])];
    const behindSince = unread.length === 0 ? null : Math.min(...unread);
    this.notify({ asOf: behindSince ?? this.heard, behindSince, trouble: this.trouble });
  }

  private schedule() {
    if (this.timer !== null || this.reading !== null || this.waiting.size === 0) return;
    const now = Date.now();
    this.timer = setTimeout(() => void this.readNext(), Math.max(gatherTime, this.nextStart - now));
  }

  private async readNext() {
    this.timer = null;
    // The first of the map waits longest: a source that is read goes to its end.
    const next = this.waiting.entries().next().value;
    if (next === undefined) return;
    const [source, since] = next;
    this.waiting.delete(source);
    this.reading = since;
    const start = Date.now();
    let pause = 0;
    try {
      const left = await source.read();
      this.trouble = null;
      if (left) this.waitAgain(source, since);
      pause = Math.min((Date.now() - start) * relief, longestPause);
    } catch (err) {
      this.trouble = err instanceof Failure ? err : new Failure(0, { detail: String(err) });
      this.waitAgain(source, since);
      pause = retryTime;
    }
    this.reading = null;
    this.nextStart = Math.max(start + spacing, Date.now() + pause);
    this.schedule();
    this.publish();
  }

  private waitAgain(source: Source, since: number) {
    if (this.sources.has(source)) this.waiting.set(source, Math.min(since, this.waiting.get(source) ?? since));
  }
}
