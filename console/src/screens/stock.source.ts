// RowsSource reads changed rows of the stock list again, where they stand: the order
// of the list holds until the reader asks for another one.
import type { Row } from "../api/client";
import { type InventoryEvent, productOf, rowKey, rowsOf } from "../live/event";
import type { Source } from "../live/reader";

/** A row on the screen, and the page of the list that it came with. */
export interface Shown {
  key: string;
  page: number;
}

export interface List {
  /** The present rows of a page's place in the list. */
  readPage(page: number): Promise<Row[]>;
  /** A row; null when it was deleted. */
  readRow(key: string): Promise<Row | null>;
  show(rows: Map<string, Row | null>): void;
  /** The number of different rows that have changed since the list was loaded. */
  changed(count: number): void;
}

export class RowsSource implements Source {
  private loaded = new Set<string>();
  private visible = new Map<string, number>(); // the pages of the rows on the screen, by rowKey
  private unread = new Set<string>(); // loaded rows that have changed
  private moved = new Set<string>(); // those of unread that left the place of their page
  private changed = new Set<string>();

  constructor(private list: List) {}

  setLoaded(keys: Set<string>) {
    this.loaded = keys;
  }

  /** Notes the rows on the screen; reports whether one has to be read again. */
  setVisible(rows: Shown[]): boolean {
    this.visible = new Map(rows.map((row) => [row.key, row.page]));
    return this.unreadVisible().length > 0;
  }

  touchedBy(e: InventoryEvent): boolean {
    for (const key of this.rowsOf(e)) {
      if (!this.loaded.has(key)) continue;
      this.unread.add(key);
      this.changed.add(key);
    }
    this.list.changed(this.changed.size);
    return this.unreadVisible().length > 0;
  }

  touchAll(): boolean {
    this.unread = new Set(this.loaded);
    return this.unreadVisible().length > 0;
  }

  /** Reads the row that changed, or the page with the most rows that did. */
  async read(): Promise<boolean> {
    const keys = this.unreadVisible();
    const alone = keys.find((key) => this.moved.has(key)) ?? (keys.length === 1 ? keys[0] : undefined);
    if (alone !== undefined) await this.readAlone(alone);
    else if (keys.length > 0) await this.readPage(keys);
    return this.unreadVisible().length > 0;
  }

  private async readAlone(key: string) {
    this.forget([key]);
    try {
      this.list.show(new Map([[key, await this.list.readRow(key)]]));
    } catch (err) {
      this.unread.add(key);
      throw err;
    }
  }

  private async readPage(keys: string[]) {
    const counts = new Map<number, number>();
    for (const key of keys) {
      const page = this.visible.get(key) ?? 0;
      counts.set(page, (counts.get(page) ?? 0) + 1);
    }
    const [page] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [0];
    const asked = keys.filter((key) => this.visible.get(key) === page);
    // A change during the reading must be read again.
    this.forget(asked);
    let rows: Row[];
    try {
      rows = await this.list.readPage(page);
    } catch (err) {
      for (const key of asked) this.unread.add(key);
      throw err;
    }
    const found = new Map(rows.map((row) => [rowKey(row), row] as const));
    this.list.show(found);
    for (const key of asked) {
      if (found.has(key)) continue;
      this.unread.add(key);
      this.moved.add(key);
    }
  }

  private forget(keys: string[]) {
    for (const key of keys) {
      this.unread.delete(key);
      this.moved.delete(key);
    }
  }

  private unreadVisible(): string[] {
    return [...this.visible.keys()].filter((key) => this.unread.has(key));
  }

  private rowsOf(e: InventoryEvent): string[] {
    const product = productOf(e);
    if (!e.event_type.startsWith("product.") || product === undefined) return rowsOf(e);
    return [...this.loaded].filter((key) => key.startsWith(`${product}/`));
  }
}
