// The hook that keeps the state of the page up to date.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Client, Failure } from "./api";
import { Live } from "./live";
import { emptyState, type State, withAlerts, withEvent, withNames, withoutFigures, withRows } from "./state";

export interface Inventory extends State {
  refresh: () => void;
}

/** Follows the server until the component is unmounted; store "" means all stores. */
export function useInventory(client: Client, store: string, refused: (err: Failure) => void): Inventory {
  const [state, setState] = useState<State>(emptyState);
  const live = useRef<Live | null>(null);
  const latestRefused = useRef(refused);
  latestRefused.current = refused;

  useEffect(() => {
    setState(withoutFigures);
    const set = (part: Partial<State>) => setState((old) => ({ ...old, ...part }));
    const following = new Live(client, store, {
      rows: (rows) => setState((old) => withRows(old, rows, Date.now())),
      totals: (totals, stores) => set({ totals, stores }),
      pending: (pending) => set({ pending }),
      alerts: (list) => setState((old) => withAlerts(old, list, false)),
      names: (names) => setState((old) => withNames(old, names)),
      event: (e) => setState((old) => withEvent(old, e, Date.now())),
      connection: (connection) => set({ connection }),
      read: (asOf, behindSince) => set({ asOf, behindSince, trouble: null }),
      behind: (behindSince) => set({ behindSince }),
      failed: (trouble) => set({ trouble }),
      refused: (err) => latestRefused.current(err),
    });
    live.current = following;
    following.start();
    return () => following.stop();
  }, [client, store]);

  return { ...state, refresh: () => live.current?.refresh() };
}
