// The live stream of events: Server-Sent Events read with fetch, because
// EventSource cannot send the API key in a header.
import { Failure, failure, type InventoryEvent } from "./api";

export type Connection = "connecting" | "live" | "polling" | "gone";

export interface Listener {
  event(e: InventoryEvent): void;
  connection(c: Connection): void;
  refused(err: Failure): void;
  /** Asked instead of the stream where the server has none. */
  poll(): Promise<void>;
}

const firstDelay = 500;
const longestDelay = 15_000;
const pollInterval = 3000;
const silence = 60_000; // the server sends a comment more often than this

/** Follows the stream of a store, or of all for "", until signal aborts, across outages. */
export async function follow(key: string, store: string, listener: Listener, signal: AbortSignal): Promise<void> {
  const reader = new Reader(key, store, listener, signal);
  let delay = firstDelay;
  while (!signal.aborted) {
    const outcome = await reader.read();
    if (signal.aborted || outcome === "refused") return;
    if (outcome === "absent") {
      listener.connection((await settle(listener.poll())) ? "polling" : "gone");
      await sleep(pollInterval, signal);
      continue;
    }
    if (outcome === "lived") delay = firstDelay;
    else listener.connection("gone");
    // Half of the delay is random, so that not all pages come back at once.
    await sleep(delay / 2 + (Math.random() * delay) / 2, signal);
    delay = Math.min(delay * 2, longestDelay);
  }
}

async function settle(work: Promise<void>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch {
    return false;
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}

type Outcome = "lived" | "failed" | "absent" | "refused";

class Reader {
  private lastID = "";

  constructor(
    private key: string,
    private store: string,
    private listener: Listener,
    private signal: AbortSignal,
  ) {}

  async read(): Promise<Outcome> {
    const broken = new AbortController();
    const stop = () => broken.abort();
    this.signal.addEventListener("abort", stop, { once: true });
    let watchdog = setTimeout(stop, silence);
    let lived = false;
    try {
      const headers: Record<string, string> = { "X-API-Key": this.key, Accept: "text/event-stream" };
      if (this.lastID !== "") headers["Last-Event-ID"] = this.lastID;
      const filter = this.store === "" ? "" : `?store_id=${encodeURIComponent(this.store)}`;
      const answer = await fetch(`/api/v1/events/stream${filter}`, { headers, cache: "no-store", signal: broken.signal });
      if (answer.status === 404) return "absent";
      if (answer.status === 401 || answer.status === 403) {
        this.listener.refused(failure(answer.status, await answer.text()));
        return "refused";
      }
      if (!answer.ok || answer.body === null) return "failed";
      lived = true;
      this.listener.connection("live");
      const chunks = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      const parser = new Parser((id, data) => this.message(id, data));
      for (;;) {
        const { done, value } = await chunks.read();
        if (done) break;
        clearTimeout(watchdog);
        watchdog = setTimeout(stop, silence);
        parser.push(value);
      }
    } catch {
      // A broken connection is what the caller's next attempt is for.
    } finally {
      clearTimeout(watchdog);
      this.signal.removeEventListener("abort", stop);
    }
    return lived ? "lived" : "failed";
  }

  private message(id: string | undefined, data: string) {
    if (id !== undefined) this.lastID = id;
    let event: unknown;
    try {
      event = JSON.parse(data);
    } catch {
      return;
    }
    if (event !== null && typeof event === "object" && typeof (event as InventoryEvent).event_type === "string") {
      this.listener.event(event as InventoryEvent);
    }
  }
}

/** Takes text in any pieces and tells of each complete message. */
export class Parser {
  private rest = "";
  private id: string | undefined;
  private data: string[] = [];

  constructor(private message: (id: string | undefined, data: string) => void) {}

  push(text: string) {
    const lines = (this.rest + text).split("\n");
    this.rest = lines.pop() ?? "";
    for (const line of lines) this.line(line.endsWith("\r") ? line.slice(0, -1) : line);
  }

  private line(line: string) {
    if (line === "") {
      if (this.data.length > 0) this.message(this.id, this.data.join("\n"));
      this.data = [];
      return;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.data.push(value);
    if (field === "id") this.id = value;
  }
}
