import { useState } from "react";
import { dataOf, type Movement, type Product } from "../api/client";
import { storeName, useConsole, useStores, zoneOf } from "../console";
import { productOf } from "../live/event";
import { useLiveQuery } from "../live/live";
import { Skeleton } from "../parts/skeleton";
import { explain } from "../text/text";

const pageSize = 20;

/** The ledger of a product: every change of its units, who made it and why. */
export function Movements({ product }: { product: Product }) {
  const { api, t } = useConsole();
  const [older, setOlder] = useState<{ rows: Movement[]; next: string | undefined } | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const load = (cursor: string | undefined, signal: AbortSignal | null) => {
    const query = { product_id: product.id, limit: pageSize, ...(cursor === undefined ? {} : { cursor }) };
    return dataOf(api.GET("/api/v1/stock/movements", { params: { query }, signal }));
  };
  const newest = useLiveQuery({
    queryKey: ["product", "movements", product.id],
    queryFn: ({ signal }) => load(undefined, signal),
    touchedBy: (e) => e.event_type.startsWith("stock.") && productOf(e) === product.id,
  });
  const first = newest.data?.data ?? [];
  const known = new Set(first.map(nameOf));
  // Older movements that no longer follow the newest ones without a gap are left out.
  const rest = older?.rows.some((m) => known.has(nameOf(m))) ? older : null;
  const rows = [...first, ...(rest?.rows ?? []).filter((m) => !known.has(nameOf(m)))];
  const next = rest === null ? newest.data?.next_cursor : rest.next;
  const more = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const page = await load(next, null);
      setOlder({ rows: [...rows, ...page.data], next: page.next_cursor });
    } catch (err) {
      setProblem(err);
    }
    setBusy(false);
  };
  const failed = newest.isError && newest.data === undefined ? newest.error : problem;
  return (
    <div className="part">
      <h2>{t("movements")}</h2>
      {failed !== null && failed !== undefined && (
        <p className="problem" role="alert">
          {explain(t, failed)}
        </p>
      )}
      {newest.isPending && <Skeleton />}
      {newest.data && rows.length === 0 && <p>{t("noMovements")}</p>}
      {rows.length > 0 && <MovementTable rows={rows} />}
      {next !== undefined && (
        <button type="button" className="more" disabled={busy} onClick={() => void more()}>
          {busy ? t("working") : t("more")}
        </button>
      )}
    </div>
  );
}

// Each version of a row has at most one movement of a kind.
function nameOf(m: Movement): string {
  return `${m.store_id}/${m.version}/${m.kind}`;
}

function MovementTable({ rows }: { rows: Movement[] }) {
  const { t, format } = useConsole();
  const stores = useStores();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it
    <section className="scroll" tabIndex={0} aria-label={t("movements")}>
      <table className="rows">
        <thead>
          <tr>
            <th scope="col">{t("time")}</th>
            <th scope="col">{t("store")}</th>
            <th scope="col">{t("kind")}</th>
            <th scope="col" data-column="quantity">
              {t("change")}
            </th>
            <th scope="col" data-column="quantity">
              {t("after")}
            </th>
            <th scope="col">{t("who")}</th>
            <th scope="col">{t("reason")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((m) => (
            <tr key={nameOf(m)} data-movement={m.kind}>
              <td>{format.moment(m.created_at, zoneOf(stores, m.store_id))}</td>
              <td>{storeName(stores, m.store_id)}</td>
              <td>{t(m.kind)}</td>
              <td data-column="quantity">{format.change(m.change)}</td>
              <td data-column="quantity">{format.figure(m.quantity)}</td>
              <td>{m.actor ?? "–"}</td>
              <td className="wrap">{[m.reason, m.reference].filter(Boolean).join(" · ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
