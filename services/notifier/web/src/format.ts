// How figures and names are written.
import type { Row } from "./api";

/** Shown where a figure or a name is not known yet. */
export const unknown = "–";

/** The name of a row in sentences. */
export function rowName(r: Pick<Row, "product_name" | "store_id">): string {
  return `${r.product_name}, ${r.store_id}`;
}

/** A time that is left, in milliseconds, as 1:02:03 or 2:03. */
export function countdown(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const end = two(seconds % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${end}` : `${minutes}:${end}`;
}

/** A number of seconds in the largest unit that shows it whole. */
export function duration(seconds: number, language: string): string {
  const [unit, size] =
    seconds % 3600 === 0
      ? (["hour", 3600] as const)
      : seconds % 60 === 0
        ? (["minute", 60] as const)
        : (["second", 1] as const);
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(seconds / size);
}
