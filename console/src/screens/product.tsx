import { useState } from "react";
import { useParams } from "wouter";
import { dataOf, Failure, type Product, type Row } from "../api/client";
import { mayChange, storeName, useConsole, useStores } from "../console";
import { productOf } from "../live/event";
import { useLiveQuery, useStreamOf } from "../live/live";
import { Skeleton } from "../parts/skeleton";
import { StateOf } from "../parts/state";
import { useTitle } from "../parts/title";
import { explain } from "../text/text";
import { ChangeDialog } from "./product.form";
import { Movements } from "./product.movements";

/** One product in all stores. */
export function ProductScreen() {
  const { sku = "" } = useParams<{ sku: string }>();
  return <ProductOf key={sku} sku={sku} />;
}

function ProductOf({ sku }: { sku: string }) {
  const { api, t } = useConsole();
  useStreamOf("");
  const query = useLiveQuery({
    queryKey: ["product", sku],
    queryFn: ({ signal }) => dataOf(api.GET("/api/v1/products/sku/{sku}", { params: { path: { sku } }, signal })),
    touchedBy: (e, product) => e.event_type.startsWith("product.") && e.aggregate_id === product?.id,
  });
  useTitle(query.data?.name ?? sku);
  if (query.isError && query.data === undefined) {
    const missing = query.error instanceof Failure && query.error.status === 404;
    return (
      <div className="screen flow">
        <h1>{sku}</h1>
        <p className="problem" role="alert">
          {missing ? t("noProduct", { sku }) : explain(t, query.error)}
        </p>
      </div>
    );
  }
  return (
    <div className="screen flow">
      <div>
        <h1>{query.data?.name ?? <Skeleton />}</h1>
        <Facts sku={sku} product={query.data} />
      </div>
      {query.data && <InStores product={query.data} />}
      {query.data && <Movements product={query.data} />}
    </div>
  );
}

function Facts({ sku, product }: { sku: string; product: Product | undefined }) {
  const { t } = useConsole();
  return (
    <p className="facts muted">
      <span>{product?.sku ?? sku}</span>
      {product && (
        <>
          <span>
            {t("category")}: {product.category || t("noCategory")}
          </span>
          <span>
            {t("price")}: {product.price}
          </span>
        </>
      )}
    </p>
  );
}

function InStores({ product }: { product: Product }) {
  const { api, t, key, format } = useConsole();
  const stores = useStores();
  const [changing, setChanging] = useState("");
  const stock = useLiveQuery({
    queryKey: ["product", "stock", product.id],
    queryFn: async ({ signal }) => {
      const path = { product_id: product.id };
      const request = api.GET("/api/v1/stock/product/{product_id}", { params: { path }, signal });
      const data = await dataOf(request).catch((err: unknown) => {
        if (err instanceof Failure && err.status === 404) return null; // no store has it
        throw err;
      });
      return data !== null && "total_available" in data ? data : null;
    },
    touchedBy: (e) => e.event_type.startsWith("stock.") && productOf(e) === product.id,
  });
  const { data } = stock;
  const changed = data?.stores.find((row) => row.store_id === changing);
  const figure = (n: number | undefined) => (stock.isPending ? <Skeleton /> : format.figure(n));
  return (
    <div className="part">
      <h2>{t("inStores")}</h2>
      {stock.isError && data === undefined && (
        <p className="problem" role="alert">
          {explain(t, stock.error)}
        </p>
      )}
      {data === null && <p>{t("inNoStore")}</p>}
      {data !== null && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it
        <section className="scroll" tabIndex={0} aria-label={t("inStores")}>
          <table className="rows" aria-busy={stock.isPending}>
            <thead>
              <tr>
                <th scope="col">{t("store")}</th>
                <th scope="col">{t("state")}</th>
                {columns.map((c) => (
                  <th key={c} scope="col" data-column={c}>
                    {t(c === "reorder_point" ? "reorderPoint" : c)}
                  </th>
                ))}
                <th scope="col">
                  <span className="hidden">{t("changeRow")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {(data?.stores ?? []).map((row) => (
                <StoreRow
                  key={row.store_id}
                  row={row}
                  name={storeName(stores, row.store_id)}
                  change={mayChange(key, row.store_id) ? () => setChanging(row.store_id) : undefined}
                />
              ))}
              <tr>
                <th scope="row" colSpan={2}>
                  {t("total")}
                </th>
                <td data-column="available" data-total="available">
                  {figure(data?.total_available)}
                </td>
                <td data-column="reserved" data-total="reserved">
                  {figure(data?.total_reserved)}
                </td>
                <td data-column="quantity" data-total="quantity">
                  {figure(data?.total_quantity)}
                </td>
                <td colSpan={3} />
              </tr>
            </tbody>
          </table>
        </section>
      )}
      {changed && <ChangeDialog row={changed} close={() => setChanging("")} />}
    </div>
  );
}

const columns = ["available", "reserved", "quantity", "incoming", "reorder_point"] as const;

function StoreRow({ row, name, change }: { row: Row; name: string; change: (() => void) | undefined }) {
  const { t, format } = useConsole();
  return (
    <tr data-store={row.store_id}>
      <th scope="row">{name}</th>
      <td>
        <StateOf row={row} />
      </td>
      {columns.map((c) => (
        <td key={c} data-column={c}>
          {format.figure(row[c])}
        </td>
      ))}
      <td>
        {change && (
          <button type="button" onClick={change} aria-label={t("changeRowOf", { what: name })}>
            {t("changeRow")}
          </button>
        )}
      </td>
    </tr>
  );
}
