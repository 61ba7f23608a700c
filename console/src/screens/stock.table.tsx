import {
  type ColumnDef,
  flexRender,
  getCoreRowModel,
  type Header,
  type Table,
  useReactTable,
  type VisibilityState,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { Link } from "wouter";
import { storeName, useConsole, useStores, zoneOf } from "../console";
import { Skeleton } from "../parts/skeleton";
import { StateOf } from "../parts/state";
import { nextSort, type Sort } from "./stock.filters";
import { rowAfter } from "./stock.keys";
import type { Entry, useStockList } from "./stock.list";

interface Props {
  list: ReturnType<typeof useStockList>;
  sort: Sort | "";
  changeSort(sort: Sort | ""): void;
  empty: string;
}

const ahead = 30; // rows before the end at which the next page is loaded
const placeholders = 12;
const keptView = "inventory-stock-view";

interface View {
  dense: boolean;
  columns: VisibilityState;
}

function firstView(): View {
  try {
    return { dense: false, columns: {}, ...(JSON.parse(localStorage.getItem(keptView) ?? "{}") as Partial<View>) };
  } catch {
    return { dense: false, columns: {} };
  }
}

/** The rows of the list, of which only those on the screen are in the page. */
export function StockTable({ list, sort, changeSort, empty }: Props) {
  const { t } = useConsole();
  const { query, entries, setVisible } = list;
  const [view, setView] = useState(firstView);
  const columns = useColumns();
  useEffect(() => localStorage.setItem(keptView, JSON.stringify(view)), [view]);
  const table = useReactTable({
    data: entries,
    columns,
    getCoreRowModel: getCoreRowModel(),
    getRowId: (entry) => entry.key,
    manualSorting: true,
    state: { columnVisibility: view.columns },
    onColumnVisibilityChange: (update) =>
      setView((v) => ({ ...v, columns: typeof update === "function" ? update(v.columns) : update })),
  });

  const frame = useRef<HTMLDivElement>(null);
  const height = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) * (view.dense ? 2.25 : 3.25);
  const waiting = query.isPending || query.hasNextPage;
  const virtual = useVirtualizer({
    count: entries.length + (waiting ? placeholders : 0),
    getScrollElement: () => frame.current,
    estimateSize: () => height,
    overscan: 6,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the sizes follow the height of a row
  useEffect(() => virtual.measure(), [height]);
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => setVisible(entries.slice(first, last + 1)), [entries, first, last, setVisible]);
  useEffect(() => {
    if (last >= entries.length - ahead && query.hasNextPage && !query.isFetching && !query.isError)
      void query.fetchNextPage();
  }, [last, entries.length, query]);
  const [active, setActive] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list begins at its top
  useEffect(() => {
    frame.current?.scrollTo({ top: 0 });
    setActive(0);
  }, [query.isPending]);

  // move focuses the row at index, once it is in the page.
  const move = (index: number) => {
    setActive(index);
    virtual.scrollToIndex(index);
    const focus = (tries: number) => {
      const link = frame.current?.querySelector<HTMLElement>(`tr[data-index="${index}"] a`);
      if (link) link.focus({ preventScroll: true });
      else if (tries > 0) requestAnimationFrame(() => focus(tries - 1));
    };
    focus(10);
  };
  const onKeyDown = (e: KeyboardEvent) => {
    const row = (e.target as HTMLElement).closest("tr[data-index]");
    if (row === null || e.ctrlKey || e.metaKey || e.altKey) return;
    const to = rowAfter(e.key, Number(row.getAttribute("data-index")), entries.length);
    if (to === null) return;
    e.preventDefault();
    move(to);
  };

  const rows = table.getRowModel().rows;
  const cells = table.getVisibleLeafColumns();
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <>
      <ViewFields table={table} view={view} setView={setView} />
      {!waiting && entries.length === 0 && !query.isError && <p className="empty">{empty}</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it */}
      <section ref={frame} className="frame" aria-label={t("stockTable")} tabIndex={0}>
        <table
          className={view.dense ? "rows dense" : "rows"}
          aria-rowcount={waiting ? -1 : entries.length + 1}
          aria-busy={query.isPending}
        >
          <thead>
            <tr>
              {table.getFlatHeaders().map((header) => (
                <Head key={header.id} header={header} sort={sort} changeSort={changeSort} />
              ))}
            </tr>
          </thead>
          <tbody data-rows onKeyDown={onKeyDown}>
            <tr aria-hidden="true" style={{ height: before }} />
            {items.map((item) => {
              const row = rows[item.index];
              if (row === undefined) {
                return (
                  <tr key={`wait-${item.index}`} style={{ height }} aria-hidden="true">
                    <td colSpan={cells.length}>
                      <Skeleton />
                    </td>
                  </tr>
                );
              }
              return (
                <tr
                  key={row.id}
                  data-index={item.index}
                  data-key={`${row.original.row.product_sku}/${row.original.row.store_id}`}
                  aria-rowindex={item.index + 2}
                  style={{ height }}
                  className={item.index === active ? "active" : undefined}
                  onFocus={() => setActive(item.index)}
                >
                  {row.getVisibleCells().map((cell) => (
                    <td key={cell.id} data-column={cell.column.id}>
                      {cell.column.id === "name" ? (
                        <Name
                          entry={row.original}
                          reachable={item.index === active || (item === items[0] && (active < first || active > last))}
                        />
                      ) : (
                        flexRender(cell.column.columnDef.cell, cell.getContext())
                      )}
                    </td>
                  ))}
                </tr>
              );
            })}
            <tr aria-hidden="true" style={{ height: Math.max(0, after) }} />
          </tbody>
        </table>
      </section>
    </>
  );
}

// Name links to the product. Tab reaches one row of the table, the arrows the others.
function Name({ entry: { row }, reachable }: { entry: Entry; reachable: boolean }) {
  return (
    <Link href={`/products/${encodeURIComponent(row.product_sku)}`} tabIndex={reachable ? 0 : -1}>
      {row.product_name} <span className="muted small">{row.product_sku}</span>
    </Link>
  );
}

function useColumns(): ColumnDef<Entry>[] {
  const { t, format } = useConsole();
  const stores = useStores();
  return useMemo(() => {
    const figure = (
      id: "quantity" | "reserved" | "available" | "incoming" | "reorder_point",
      header: string,
    ): ColumnDef<Entry> => ({
      id,
      header,
      cell: ({ row: { original } }) => (original.gone ? "–" : format.figure(original.row[id])),
    });
    return [
      { id: "name", header: t("product"), enableHiding: false },
      { id: "store", header: t("store"), cell: ({ row }) => storeName(stores, row.original.row.store_id) },
      { id: "state", header: t("state"), cell: ({ row }) => <StateOf {...row.original} /> },
      { ...figure("available", t("available")), enableHiding: false },
      figure("reserved", t("reserved")),
      figure("quantity", t("quantity")),
      figure("incoming", t("incoming")),
      figure("reorder_point", t("reorderPoint")),
      {
        id: "updated_at",
        header: t("updated"),
        cell: ({ row: { original } }) => format.moment(original.row.updated_at, zoneOf(stores, original.row.store_id)),
      },
    ];
  }, [t, format, stores]);
}

const sortable = ["name", "available", "updated_at"] as const;

function Head({
  header,
  sort,
  changeSort,
}: {
  header: Header<Entry, unknown>;
  sort: Sort | "";
  changeSort(sort: Sort | ""): void;
}) {
  const { t } = useConsole();
  const column = sortable.find((c) => c === header.column.id);
  const name = flexRender(header.column.columnDef.header, header.getContext());
  const direction = sort === column ? "ascending" : sort === `-${column}` ? "descending" : undefined;
  if (column === undefined) {
    return (
      <th scope="col" data-column={header.column.id}>
        {name}
      </th>
    );
  }
  return (
    <th scope="col" data-column={header.column.id} aria-sort={direction}>
      <button type="button" className="head" onClick={() => changeSort(nextSort(sort, column))}>
        {name}
        <span aria-hidden="true">{direction === "ascending" ? " ↑" : direction === "descending" ? " ↓" : ""}</span>
      </button>
      {column === "name" && (
        <button
          type="button"
          className="head"
          aria-label={t("sortBy", { what: t("sku") })}
          onClick={() => changeSort(nextSort(sort, "sku"))}
        >
          {t("sku")}
          <span aria-hidden="true">{sort === "sku" ? " ↑" : sort === "-sku" ? " ↓" : ""}</span>
        </button>
      )}
    </th>
  );
}

function ViewFields({ table, view, setView }: { table: Table<Entry>; view: View; setView(view: View): void }) {
  const { t } = useConsole();
  return (
    <details className="view">
      <summary>{t("columns")}</summary>
      <div className="view-fields">
        <label className="check">
          <input
            type="checkbox"
            checked={view.dense}
            onChange={(e) => setView({ ...view, dense: e.currentTarget.checked })}
          />
          {t("density")}
        </label>
        {table
          .getAllLeafColumns()
          .filter((c) => c.getCanHide())
          .map((c) => (
            <label key={c.id} className="check">
              <input type="checkbox" checked={c.getIsVisible()} onChange={c.getToggleVisibilityHandler()} />
              {String(c.columnDef.header)}
            </label>
          ))}
      </div>
    </details>
  );
}
