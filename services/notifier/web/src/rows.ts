// Which rows of the stock the page shows, and in which order.
import type { Row } from "./api";

export function isLow(r: Pick<Row, "available" | "reorder_point">): boolean {
  return r.available <= r.reorder_point;
}

/** The words of a search, in lower case. */
export function searchWords(search: string): string[] {
  return search
    .toLowerCase()
    .split(/\s+/)
    .filter((w) => w !== "");
}

/** The rows that have every word, low ones first, then by product and store. */
export function matchingRows(rows: readonly Row[], words: readonly string[], lowOnly: boolean): Row[] {
  return rows
    .filter((r) => !lowOnly || isLow(r))
    .filter((r) => {
      const text = `${r.product_name} ${r.product_sku} ${r.store_id}`.toLowerCase();
      return words.every((w) => text.includes(w));
    })
    .sort(
      (a, b) =>
        Number(isLow(b)) - Number(isLow(a)) ||
        a.product_name.localeCompare(b.product_name) ||
        a.store_id.localeCompare(b.store_id),
    );
}
