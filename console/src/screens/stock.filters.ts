// The search, the filters and the order of the stock list, as its address has them.
export const states = ["low", "out", "ok"] as const;
export type StockState = (typeof states)[number];

export const sorts = ["available", "-available", "sku", "-sku", "name", "-name", "updated_at", "-updated_at"] as const;
export type Sort = (typeof sorts)[number];

export interface Filters {
  q: string;
  store: string;
  state: StockState | "";
  sort: Sort | "";
}

function oneOf<T extends string>(values: readonly T[], text: string | null): T | "" {
  return values.find((v) => v === text) ?? "";
}

/** The filters of an address; what it does not have, or no screen knows, is empty. */
export function filtersOf(params: URLSearchParams): Filters {
  return {
    q: params.get("q") ?? "",
    store: params.get("store") ?? "",
    state: oneOf(states, params.get("state")),
    sort: oneOf(sorts, params.get("sort")),
  };
}

/** The address of filters, without those that are empty. */
export function paramsOf(filters: Filters): URLSearchParams {
  return new URLSearchParams(Object.entries(filters).filter(([, value]) => value !== ""));
}

/** The filters as the API has them. The order is left out where it does not matter. */
export function queryOf({ q, store, state, sort }: Filters, sorted = true) {
  return {
    ...(q.trim() === "" ? {} : { q: q.trim() }),
    ...(store === "" ? {} : { store_id: store }),
    ...(state === "" ? {} : { state }),
    ...(sort === "" || !sorted ? {} : { sort }),
  };
}

/** The order after a click on the head of a column: up, then down, then the default. */
export function nextSort(sort: Sort | "", column: "available" | "sku" | "name" | "updated_at"): Sort | "" {
  if (sort === column) return `-${column}`;
  return sort === `-${column}` ? "" : column;
}
