const steps = new Map<string, number>([
  ["ArrowDown", 1],
  ["ArrowUp", -1],
  ["PageDown", 10],
  ["PageUp", -10],
  ["Home", Number.NEGATIVE_INFINITY],
  ["End", Number.POSITIVE_INFINITY],
]);

/** The row to which a key goes from the row at index, of count rows; null for other keys. */
export function rowAfter(key: string, index: number, count: number): number | null {
  const step = steps.get(key);
  return step === undefined || count === 0 ? null : Math.max(0, Math.min(count - 1, index + step));
}
