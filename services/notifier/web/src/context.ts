import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { type Client, Failure } from "./api";
import type { Language, Translate } from "./i18n";

/** The values that every part of the page needs. */
interface Page {
  client: Client;
  language: Language;
  t: Translate;
  figure: (n: number) => string; // as the language writes it
  say: (message: string, bad?: boolean) => void; // shown and read out
  refresh: () => void;
}

export const PageContext = createContext<Page | null>(null);

export function usePage(): Page {
  const page = useContext(PageContext);
  if (page === null) throw new Error("no page around this component");
  return page;
}

/** A sentence about err for the user. */
export function explain(t: Translate, err: unknown): string {
  if (!(err instanceof Failure)) return String(err);
  if (err.status === 0) return t("unreachable");
  switch (err.code) {
    case "INSUFFICIENT_STOCK":
      return t("insufficient");
    case "VERSION_MISMATCH":
      return t("mismatch");
    case "FORBIDDEN":
      return t("forbidden");
    case "RESERVATION_EXPIRED":
      return t("isExpired");
    case "INVALID_STATE":
      return t("invalidState");
    default:
      return [err.message, ...err.fields.map((f) => `${f.field}: ${f.message}`)].join(" · ");
  }
}
