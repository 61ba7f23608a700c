// The live updates of the screens: one stream and one Reader for the open tab.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from "react";
import type { Failure } from "../api/client";
import type { InventoryEvent } from "./event";
import { Reader, type Source, type State } from "./reader";
import { type Connection, follow } from "./stream";

const everythingTime = 60_000; // changes that a store's stream leaves out, such as a product's name, show by then

interface Live {
  reader: Reader;
  followStore(store: string): void;
}

const LiveContext = createContext<Live | null>(null);
const StatusContext = createContext<State & { connection: Connection }>({
  asOf: 0,
  behindSince: null,
  trouble: null,
  connection: "connecting",
});

interface Props {
  apiKey: string;
  refused(err: Failure): void;
  children: ReactNode;
}

export function LiveUpdates({ apiKey, refused, children }: Props) {
  const [store, followStore] = useState("");
  const [connection, setConnection] = useState<Connection>("connecting");
  const [state, setState] = useState<State>({ asOf: Date.now(), behindSince: null, trouble: null });
  const reader = useMemo(() => new Reader(setState), []);
  const live = useMemo(() => ({ reader, followStore }), [reader]);
  const refusedNow = useRef(refused);
  refusedNow.current = refused;
  useEffect(() => {
    const ended = new AbortController();
    void follow(
      apiKey,
      store,
      {
        event: (e) => reader.event(e),
        heard: () => reader.hear(),
        connection: setConnection,
        begins: () => reader.everything(),
        refused: (err) => refusedNow.current(err),
      },
      ended.signal,
    );
    const timer = setInterval(() => reader.everything(), everythingTime);
    return () => {
      ended.abort();
      clearInterval(timer);
    };
  }, [apiKey, store, reader]);
  const status = useMemo(() => ({ ...state, connection }), [state, connection]);
  return (
    <LiveContext.Provider value={live}>
      <StatusContext.Provider value={status}>{children}</StatusContext.Provider>
    </LiveContext.Provider>
  );
}

export function useStatus() {
  return useContext(StatusContext);
}

function useLive(): Live {
  const live = useContext(LiveContext);
  if (live === null) throw new Error("no live updates around this component");
  return live;
}

export function useReader(): Reader {
  return useLive().reader;
}

/** Asks the stream for the events of a store only; of all for "". */
export function useStreamOf(store: string) {
  const { followStore } = useLive();
  useEffect(() => followStore(store), [store, followStore]);
}

/** Reads a source again after changes, as long as the component is shown. */
export function useSource(source: Source) {
  const reader = useReader();
  useEffect(() => reader.add(source), [reader, source]);
}

interface LiveQuery<T> {
  queryKey: readonly unknown[];
  queryFn(context: { signal: AbortSignal }): Promise<T>;
  /** Reports whether an event changes the figures, of which the present ones are data. */
  touchedBy(e: InventoryEvent, data: T | undefined): boolean;
  enabled?: boolean;
}

/** A query of one request whose figures follow the events. */
export function useLiveQuery<T>({ queryKey, queryFn, touchedBy, enabled = true }: LiveQuery<T>) {
  const client = useQueryClient();
  const name = JSON.stringify(queryKey);
  const now = useRef({ touchedBy, queryFn });
  now.current = { touchedBy, queryFn };
  const source = useMemo<Source>(() => {
    const key = JSON.parse(name) as unknown[];
    return {
      touchedBy: (e) => enabled && now.current.touchedBy(e, client.getQueryData<T>(key)),
      touchAll: () => enabled,
      read: async () => {
        // A response that is on its way may be older than the change.
        await client.cancelQueries({ queryKey: key, exact: true });
        const data = await now.current.queryFn({ signal: new AbortController().signal });
        client.setQueryData(key, data);
        return false;
      },
    };
  }, [client, name, enabled]);
  useSource(source);
  return useQuery({ queryKey, queryFn, enabled, ...fresh });
}

/** Figures that are left are forgotten, so no screen begins with old ones. */
export const fresh = { gcTime: 0, refetchOnMount: "always" } as const;
