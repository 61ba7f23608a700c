// The parts that every screen uses.
import { useQuery } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import { type API, type Key, loadStores, type Store } from "./api/client";
import type { Format, Language, Translate } from "./text/text";

export interface Console {
  api: API;
  key: Key;
  language: Language;
  t: Translate;
  format: Format;
  /** Shows a message that was asked for, and reads it out. */
  say(text: string): void;
}

export const ConsoleContext = createContext<Console | null>(null);

export function useConsole(): Console {
  const value = useContext(ConsoleContext);
  if (value === null) throw new Error("no console around this component");
  return value;
}

const noStores: Store[] = [];

/** The known stores, by id; none until they are loaded. */
export function useStores(): Store[] {
  const { api } = useConsole();
  return useQuery({ queryKey: ["stores"], queryFn: () => loadStores(api) }).data ?? noStores;
}

/** Reports whether a key may change the stock of a store. */
export function mayChange(key: Key, store: string): boolean {
  return key.access === "all" || (key.access === "stores" && (key.stores ?? []).includes(store));
}

/** The name of a store, or its id when it has none of its own. */
export function storeName(stores: Store[], id: string): string {
  const name = stores.find((s) => s.id === id)?.name;
  return name === undefined || name === id ? id : `${name} (${id})`;
}

/** The time zone of a store; empty when it is unknown. */
export function zoneOf(stores: Store[], id: string): string {
  return stores.find((s) => s.id === id)?.timezone ?? "";
}
