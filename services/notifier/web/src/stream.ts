// The live stream of events: Server-Sent Events read with fetch, because
// EventSource cannot send the API key in a header.
import { type Failure, type InventoryEvent, parseFailure } from "./api";
import { MessageParser } from "./sse";

export type Connection = "connecting" | "live" | "polling" | "gone";

interface Listener {
  event: (e: InventoryEvent) => void;
  connection: (c: Connection) => void;
  refused: (err: Failure) => void;
  /** Called instead where the server has no stream. */
  poll: () => Promise<void>;
}

const firstDelay = 500;
const longestDelay = 15_000;
const pollInterval = 3000;
const silence = 60_000; // the server sends a comment more often than this

/** Follows the stream of a store, or of all for "", until signal aborts, across outages. */
export async function follow(key: string, store: string, listener: Listener, signal: AbortSignal): Promise<void> {
  const reader = new Reader(key, store, listener, signal);
  let delay = firstDelay;
  while (!isAborted(signal)) {
    const outcome = await reader.read();
    if (isAborted(signal) || outcome === "refused") return;
    if (outcome === "absent") {
      listener.connection((await succeeds(listener.poll())) ? "polling" : "gone");
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

async function succeeds(work: Promise<void>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch {
    return false;
  }
}

// isAborted is a function because the compiler assumes that a property does not change.
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
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
      const response = await fetch(`/api/v1/events/stream${filter}`, {
        headers,
        cache: "no-store",
        signal: broken.signal,
      });
      if (response.status === 404) return "absent";
      if (response.status === 401 || response.status === 403) {
        this.listener.refused(parseFailure(response.status, await response.text()));
        return "refused";
      }
      if (!response.ok || response.body === null) return "failed";
      lived = true;
      this.listener.connection("live");
      const chunks = response.body.pipeThrough(new TextDecoderStream()).getReader();
      const parser = new MessageParser((id, data) => this.handleMessage(id, data));
      for (;;) {
        const { done, value } = await chunks.read();
        if (done) break;
        clearTimeout(watchdog);
        watchdog = setTimeout(stop, silence);
        parser.push(value);
      }
    } catch {
      // The caller connects again after a broken connection.
    } finally {
      clearTimeout(watchdog);
      this.signal.removeEventListener("abort", stop);
    }
    return lived ? "lived" : "failed";
  }

  private handleMessage(id: string | undefined, data: string) {
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
