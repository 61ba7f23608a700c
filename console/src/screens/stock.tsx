import { useEffect, useRef, useState } from "react";
import { useSearchParams } from "wouter";
import { storeName, useConsole, useStores } from "../console";
import { Skeleton } from "../parts/skeleton";
import { useTitle } from "../parts/title";
import { explain } from "../text/text";
import { type Filters, filtersOf, paramsOf, type StockState, states } from "./stock.filters";
import { useStockList } from "./stock.list";
import { StockTable } from "./stock.table";

const typingTime = 250; // the search is sent when the reader pauses

/** The rows of all stores: searched, filtered, sorted and paged by the API. */
export function Stock() {
  const { t, format } = useConsole();
  const [params, setParams] = useSearchParams();
  const filters = filtersOf(params);
  const list = useStockList(filters);
  useTitle(t("stock"));
  const change = (part: Partial<Filters>, replace = false) => setParams(paramsOf({ ...filters, ...part }), { replace });
  const filtered = filters.q !== "" || filters.store !== "" || filters.state !== "";
  return (
    <div className="screen">
      <h1>{t("stock")}</h1>
      <StockTotals totals={list.totals} />
      <FilterFields filters={filters} filtered={filtered} change={change} />
      <div className="list-state">
        {list.query.isError && list.entries.length === 0 ? (
          <span className="problem" role="alert">
            {explain(t, list.query.error)}
          </span>
        ) : (
          <span className="muted" data-loaded={list.entries.length}>
            {list.readAt === undefined
              ? t("loading")
              : t("listed", { n: format.figure(list.entries.length), time: format.clock(list.readAt) })}{" "}
            {list.changes > 0 && t("changesSince", { n: format.figure(list.changes) })}
          </span>
        )}
        <button type="button" className="quiet" onClick={list.again}>
          {t("listAgain")}
        </button>
      </div>
      <StockTable
        list={list}
        sort={filters.sort}
        changeSort={(sort) => change({ sort })}
        empty={filtered ? t("noMatch") : t("emptyStock")}
      />
    </div>
  );
}

function StockTotals({ totals }: { totals: ReturnType<typeof useStockList>["totals"] }) {
  const { t, format } = useConsole();
  const tiles = [
    ["rows", t("rows"), totals?.rows],
    ["available", t("unitsAvailable"), totals?.available],
    ["reserved", t("unitsReserved"), totals?.reserved],
    ["low", t("lowRows"), totals?.low],
    ["out", t("outRows"), totals?.out],
  ] as const;
  return (
    <dl className="tiles" aria-busy={totals === undefined}>
      {tiles.map(([name, label, value]) => (
        <div key={name} className="tile">
          <dt>{label}</dt>
          <dd data-total={name}>{value === undefined ? <Skeleton /> : format.figure(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

interface FieldsProps {
  filters: Filters;
  filtered: boolean;
  change(part: Partial<Filters>, replace?: boolean): void;
}

function FilterFields({ filters, filtered, change }: FieldsProps) {
  const { t } = useConsole();
  const stores = useStores();
  const names: Record<StockState, string> = { low: t("low"), out: t("out"), ok: t("ok") };
  const known = stores.some((s) => s.id === filters.store) || filters.store === "";
  return (
    <search className="filters">
      <SearchField text={filters.q} change={(q) => change({ q }, true)} />
      <label>
        {t("store")}
        <select value={filters.store} onChange={(e) => change({ store: e.currentTarget.value })}>
          <option value="">{t("allStores")}</option>
          {!known && <option value={filters.store}>{filters.store}</option>}
          {stores.map((s) => (
            <option key={s.id} value={s.id}>
              {storeName(stores, s.id)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("state")}
        <select value={filters.state} onChange={(e) => change({ state: e.currentTarget.value as StockState | "" })}>
          <option value="">{t("anyState")}</option>
          {states.map((state) => (
            <option key={state} value={state}>
              {names[state]}
            </option>
          ))}
        </select>
      </label>
      {filtered && (
        <button type="button" className="quiet" onClick={() => change({ q: "", store: "", state: "" })}>
          {t("clear")}
        </button>
      )}
    </search>
  );
}

// SearchField keeps what is typed and passes it on in pauses. / anywhere on the screen
// goes to the field.
function SearchField({ text, change }: { text: string; change(text: string): void }) {
  const { t } = useConsole();
  const [typed, setTyped] = useState(text);
  const field = useRef<HTMLInputElement>(null);
  const sent = useRef(text);
  const send = useRef(change);
  send.current = change;
  useEffect(() => {
    // Back, or a link, has changed the address.
    if (text !== sent.current) setTyped(text);
    sent.current = text;
  }, [text]);
  useEffect(() => {
    if (typed === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = typed;
      send.current(typed);
    }, typingTime);
    return () => clearTimeout(timer);
  }, [typed]);
  useEffect(() => {
    const toField = (e: KeyboardEvent) => {
      const target = e.target as HTMLElement;
      if (e.key !== "/" || e.ctrlKey || e.metaKey || e.altKey || target.closest("input, select, textarea, dialog"))
        return;
      e.preventDefault();
      field.current?.focus();
      field.current?.select();
    };
    document.addEventListener("keydown", toField);
    return () => document.removeEventListener("keydown", toField);
  }, []);
  return (
    <label className="search">
      {t("search")}
      <input
        ref={field}
        type="search"
        value={typed}
        maxLength={200}
        autoComplete="off"
        aria-keyshortcuts="/"
        placeholder={t("searchKey")}
        onChange={(e) => setTyped(e.currentTarget.value)}
        onKeyDown={(e) => {
          if (e.key !== "ArrowDown") return;
          e.preventDefault();
          document.querySelector<HTMLElement>("[data-rows] a[tabindex='0']")?.focus();
        }}
      />
    </label>
  );
}
