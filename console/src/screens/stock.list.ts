// The stock list: pages of the API by cursor, which stay in the order in which they
// came, with the figures of each row as they are now.
import { type InfiniteData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import { type API, dataOf, Failure, type Row } from "../api/client";
import { useConsole } from "../console";
import { rowKey, storesOf } from "../live/event";
import { fresh, useLiveQuery, useReader, useSource, useStreamOf } from "../live/live";
import { type Filters, queryOf } from "./stock.filters";
import { type List, RowsSource } from "./stock.source";

const pageSize = 100;

/** A row of the list. */
export interface Entry {
  key: string;
  row: Row;
  page: number;
  gone: boolean; // deleted since it was loaded
}

interface Page {
  rows: Row[];
  next: string | undefined;
  readAt: number;
}

async function loadPage(
  api: API,
  filters: Filters,
  cursor: string | undefined,
  signal: AbortSignal | null = null,
): Promise<Page> {
  const query = { ...queryOf(filters), limit: pageSize, ...(cursor === undefined ? {} : { cursor }) };
  const page = await dataOf(api.GET("/api/v1/stock", { params: { query }, signal }));
  return { rows: page.data, next: page.next_cursor, readAt: Date.now() };
}

async function loadRow(api: API, key: string): Promise<Row | null> {
  const [product_id = "", store_id = ""] = key.split("/");
  const path = { product_id, store_id };
  try {
    // Without as_of the response is the row as it is now.
    return (await dataOf(api.GET("/api/v1/stock/{product_id}/{store_id}", { params: { path } }))) as Row;
  } catch (err) {
    if (err instanceof Failure && err.status === 404) return null;
    throw err;
  }
}

/** The rows that match the filters, and their totals, with live figures. */
export function useStockList(filters: Filters) {
  const { api } = useConsole();
  const client = useQueryClient();
  const reader = useReader();
  const { q, store, state, sort } = filters;
  const wanted = useMemo<Filters>(() => ({ q, store, state, sort }), [q, store, state, sort]);
  const [gone, setGone] = useState<ReadonlySet<string>>(new Set());
  const [changes, setChanges] = useState(0);
  useStreamOf(store);

  const queryKey = useMemo(() => ["stock", "list", wanted], [wanted]);
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => loadPage(api, wanted, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    ...fresh,
  });
  const pages = query.data?.pages;
  const entries = useMemo(() => entriesOf(pages ?? [], gone), [pages, gone]);

  const source = useMemo(() => {
    const list: List = {
      readPage: async (page) => {
        const data = client.getQueryData<InfiniteData<Page, string | undefined>>(queryKey);
        return (await loadPage(api, wanted, data?.pageParams[page])).rows;
      },
      readRow: (key) => loadRow(api, key),
      show: (rows) => {
        client.setQueryData<InfiniteData<Page, string | undefined>>(queryKey, (data) => data && patched(data, rows));
        const deleted = [...rows].filter(([, row]) => row === null).map(([key]) => key);
        if (deleted.length > 0) setGone((old) => new Set([...old, ...deleted]));
      },
      changed: setChanges,
    };
    return new RowsSource(list);
  }, [api, client, queryKey, wanted]);
  useSource(source);
  useEffect(() => source.setLoaded(new Set(entries.map((e) => e.key))), [source, entries]);
  const setVisible = useCallback(
    (shown: Entry[]) => {
      if (source.setVisible(shown)) reader.mark(source);
    },
    [source, reader],
  );

  const totals = useLiveQuery({
    queryKey: ["stock", "totals", { q, store, state }],
    queryFn: async ({ signal }) => {
      const filter = { ...queryOf(wanted, false), limit: 1, totals: true };
      return (await dataOf(api.GET("/api/v1/stock", { params: { query: filter }, signal }))).totals ?? null;
    },
    touchedBy: (e) => e.event_type.startsWith("stock.") && (store === "" || storesOf(e).includes(store)),
  });
  const again = () => {
    setChanges(0);
    setGone(new Set());
    void client.resetQueries({ queryKey, exact: true });
  };
  return { query, entries, totals: totals.data ?? undefined, changes, again, setVisible, readAt: pages?.[0]?.readAt };
}

/** The rows of pages in their order, each once. */
export function entriesOf(pages: { rows: Row[] }[], gone: ReadonlySet<string>): Entry[] {
  const entries = new Map<string, Entry>();
  pages.forEach((page, number) => {
    for (const row of page.rows) {
      const key = rowKey(row);
      if (!entries.has(key)) entries.set(key, { key, row, page: number, gone: gone.has(key) });
    }
  });
  return [...entries.values()];
}

/** The loaded rows with new figures; a row that is not loaded is left out. */
export function patched<D extends { pages: Page[] }>(data: D, rows: Map<string, Row | null>): D {
  const pages = data.pages.map((page) => {
    if (!page.rows.some((row) => isOlder(row, rows.get(rowKey(row))))) return page;
    const fresher = page.rows.map((row) => {
      const now = rows.get(rowKey(row));
      return isOlder(row, now) ? now : row;
    });
    return { ...page, rows: fresher };
  });
  return { ...data, pages };
}

// isOlder reports whether now replaces row. A response that was overtaken by a later
// one must not.
function isOlder(row: Row, now: Row | null | undefined): now is Row {
  if (now === null || now === undefined || now.version < row.version) return false;
  return now.version > row.version || now.product_name !== row.product_name;
}
