import { useEffect, useState } from "preact/hooks";
import type { Row } from "./api";
import { usePage } from "./context";
import { rowName } from "./format";
import type { Inventory } from "./inventory";
import { isLow, matchingRows, searchWords } from "./rows";
import { rowKey } from "./state";

type Ask = (row: Row, what: "reserve" | "change") => void;

const rowsAtOnce = 60; // a button shows as many more

export function Stock({ inventory, ask }: { inventory: Inventory; ask: Ask }) {
  const { t, figure } = usePage();
  const [search, setSearch] = useState("");
  const [lowOnly, setLowOnly] = useState(false);
  const [limit, setLimit] = useState(rowsAtOnce);
  const loaded = inventory.rows?.list ?? [];
  const total = inventory.rows?.total ?? 0;
  const partial = loaded.length < total;
  const words = searchWords(search);
  const rows = matchingRows(loaded, words, lowOnly);
  const filtered = lowOnly || words.length > 0;
  const shown = { shown: figure(Math.min(limit, rows.length)), of: figure(rows.length), total: figure(total) };
  return (
    <section class="card stock" aria-labelledby="stock-title" id="stock" tabIndex={-1}>
      <div class="card-head">
        <h2 id="stock-title">{t("stock")}</h2>
        <span class="muted" role="status">
          {inventory.rows !== null && (filtered ? t("shownOfMatches", shown) : t("shown", shown))}
        </span>
      </div>
      <div class="tools">
        <input
          type="search"
          value={search}
          onInput={(e) => setSearch(e.currentTarget.value)}
          placeholder={t("search")}
          aria-label={t("search")}
        />
        <label class="check">
          <input type="checkbox" checked={lowOnly} onChange={(e) => setLowOnly(e.currentTarget.checked)} />
          {t("lowOnly")}
        </label>
      </div>
      {partial && <p class="muted part">{t("truncated", { n: figure(loaded.length), total: figure(total) })}</p>}
      {inventory.rows === null && (
        <p class="empty" aria-busy="true">
          {t("working")}
        </p>
      )}
      {inventory.rows !== null && total === 0 && (
        <div class="empty">
          <strong>{t("emptyStock")}</strong>
          <p>{t("emptyStockHint")}</p>
        </div>
      )}
      {total > 0 && rows.length === 0 && (
        <p class="empty">
          {partial ? t("noMatchInPart", { n: figure(loaded.length), total: figure(total) }) : t("noMatch")}
        </p>
      )}
      <ul class="rows">
        {rows.slice(0, limit).map((r) => (
          <StockRow key={rowKey(r)} row={r} changedAt={inventory.changed.get(rowKey(r))} ask={ask} />
        ))}
      </ul>
      {rows.length > limit && (
        <button type="button" class="quiet more" onClick={() => setLimit(limit + rowsAtOnce)}>
          {t("more")}
        </button>
      )}
    </section>
  );
}

const highlightTime = 4000;

function StockRow({ row, changedAt, ask }: { row: Row; changedAt: number | undefined; ask: Ask }) {
  const { t } = usePage();
  const fresh = useFresh(changedAt);
  const low = isLow(row);
  return (
    <li class={`row${low ? " low" : ""}${fresh ? " fresh" : ""}`} data-row={`${row.product_sku}/${row.store_id}`}>
      <div class="what">
        <span class="name">{row.product_name}</span>
        <span class="muted small">
          <span class="mono">{row.product_sku}</span> · {row.store_id}
        </span>
      </div>
      <div class="level">
        <Bar row={row} />
        <div class="numbers small">
          <span>
            <strong class="available">{row.available}</strong> {t("available")}
          </span>
          <span class="held">
            <strong class="reserved">{row.reserved}</strong> {t("reserved")}
          </span>
          {low ? (
            <span class="badge warn">
              {row.available === 0 ? t("out") : t("low")} · {t("reorderAt", { n: row.reorder_point })}
            </span>
          ) : (
            <span class="muted">{t("reorderAt", { n: row.reorder_point })}</span>
          )}
        </div>
      </div>
      <div class="actions">
        <button
          type="button"
          onClick={() => ask(row, "reserve")}
          disabled={row.available === 0}
          aria-label={t("reserveOf", { what: rowName(row) })}
        >
          {t("reserve")}
        </button>
        <button
          type="button"
          class="quiet"
          onClick={() => ask(row, "change")}
          aria-label={t("changeOf", { what: rowName(row) })}
        >
          {t("change")}
        </button>
      </div>
    </li>
  );
}

// useFresh returns true for highlightTime after changedAt.
function useFresh(changedAt: number | undefined): boolean {
  const [, redraw] = useState(0);
  useEffect(() => {
    const left = highlightLeft(changedAt);
    if (left <= 0) return;
    const timer = setTimeout(() => redraw((n) => n + 1), left + 10);
    return () => clearTimeout(timer);
  }, [changedAt]);
  return highlightLeft(changedAt) > 0;
}

function highlightLeft(changedAt: number | undefined): number {
  return changedAt === undefined ? 0 : changedAt + highlightTime - Date.now();
}

function Bar({ row }: { row: Row }) {
  const { t } = usePage();
  const full = Math.max(row.quantity, row.reorder_point * 2, 1);
  const share = (n: number) => (100 * n) / full;
  return (
    <svg
      class="bar"
      viewBox="0 0 100 10"
      preserveAspectRatio="none"
      role="img"
      aria-label={`${row.available} ${t("available")}, ${row.reserved} ${t("reserved")}`}
    >
      <rect class="bar-back" width="100" height="10" />
      <rect class="bar-available" width={share(row.available)} height="10" />
      <rect class="bar-reserved" x={share(row.available)} width={share(row.reserved)} height="10" />
      {row.reorder_point > 0 && <rect class="bar-mark" x={share(row.reorder_point) - 0.25} width="0.5" height="10" />}
    </svg>
  );
}
