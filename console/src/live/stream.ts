// The live stream of events: Server-Sent Events read with fetch, because EventSource
// cannot send the API key in a header.
import { type Failure, failureOf } from "../api/client";
import { type InventoryEvent, parseEvent } from "./event";
import { MessageParser } from "./messages";

export type Connection = "connecting" | "live" | "polling" | "gone";

export interface Listener {
  event(e: InventoryEvent): void;
  /** Any sign of life of the stream. */
  heard(): void;
  connection(c: Connection): void;
  /** The stream begins at now: changes before it are not announced. */
  begins(): void;
  refused(err: Failure): void;
}

const firstDelay = 500;
const longestDelay = 15_000;
const pollInterval = 3000;
const silence = 60_000; // the server sends a comment more often than this

type Outcome = "lived" | "failed" | "absent" | "refused";

/** Follows the stream of a store, or of all for "", until signal aborts, across outages. */
export async function follow(key: string, store: string, listener: Listener, signal: AbortSignal): Promise<void> {
  const place = { id: "" };
  let delay = firstDelay;
  while (!isAborted(signal)) {
    const outcome = await read(key, store, listener, place, signal);
    if (isAborted(signal) || outcome === "refused") return;
    if (outcome === "absent") {
      // A system without a broker has no stream.
      listener.connection("polling");
      listener.begins();
      await sleep(pollInterval, signal);
      continue;
    }
    if (outcome === "lived") delay = firstDelay;
    listener.connection("gone");
    // Half of the delay is random, so that not all pages come back at once.
    await sleep(delay / 2 + (Math.random() * delay) / 2, signal);
    delay = Math.min(delay * 2, longestDelay);
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

async function read(
  key: string,
  store: string,
  listener: Listener,
  place: { id: string },
  signal: AbortSignal,
): Promise<Outcome> {
  const broken = new AbortController();
  const stop = () => broken.abort();
  signal.addEventListener("abort", stop, { once: true });
  let watchdog = setTimeout(stop, silence);
  let lived = false;
  try {
    const headers: Record<string, string> = { "X-API-Key": key, Accept: "text/event-stream" };
    if (place.id !== "") headers["Last-Event-ID"] = place.id;
    const filter = store === "" ? "" : `?store_id=${encodeURIComponent(store)}`;
    const response = await fetch(`/api/v1/events/stream${filter}`, {
      headers,
      cache: "no-store",
      signal: broken.signal,
    });
    if (response.status === 404) return "absent";
    if (response.status === 401 || response.status === 403) {
      listener.refused(failureOf(response.status, await response.json().catch(() => null)));
      return "refused";
    }
    if (!response.ok || response.body === null) return "failed";
    lived = true;
    listener.connection("live");
    if (place.id === "") listener.begins();
    const chunks = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const parser = new MessageParser((id, data) => {
      if (id !== undefined) place.id = id;
      const event = parseEvent(data);
      if (event !== null) listener.event(event);
    });
    for (;;) {
      const { done, value } = await chunks.read();
      if (done) break;
      clearTimeout(watchdog);
      watchdog = setTimeout(stop, silence);
      parser.push(value);
      listener.heard();
    }
  } catch {
    // The caller connects again after a broken connection.
  } finally {
    clearTimeout(watchdog);
    signal.removeEventListener("abort", stop);
  }
  return lived ? "lived" : "failed";
}
