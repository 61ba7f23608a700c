// The texts of the console in the languages of its users, and how figures and times
// are written.
import { Failure } from "../api/client";
import { en, type Key } from "./en";
import { es } from "./es";

export type { Key } from "./en";
export type Language = "en" | "es";
export type Translate = (key: Key, values?: Record<string, string | number>) => string;

export const languageNames: Record<Language, string> = { en: "English", es: "Español" };
const tables: Record<Language, Record<Key, string>> = { en, es };
const kept = "inventory-language";

/** Shown where a figure or a name is not known. */
export const unknown = "–";

export function firstLanguage(): Language {
  const wanted = localStorage.getItem(kept) ?? navigator.language;
  return wanted.startsWith("es") ? "es" : "en";
}

export function keepLanguage(language: Language) {
  localStorage.setItem(kept, language);
}

export function translator(language: Language): Translate {
  return (key, values = {}) =>
    tables[language][key].replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}

/** How a language writes figures and times: that of the browser where it has the language. */
export function localeOf(language: Language, browser: readonly string[]): string {
  return browser.find((locale) => locale === language || locale.startsWith(`${language}-`)) ?? language;
}

export interface Format {
  figure(n: number | undefined): string;
  /** A number with its sign. */
  change(n: number): string;
  clock(ms: number): string;
  /** A moment, in the time zone of a store where that is known, otherwise in the reader's. */
  moment(text: string, zone?: string): string;
}

export function formatOf(locale: string): Format {
  const figures = new Intl.NumberFormat(locale);
  const changes = new Intl.NumberFormat(locale, { signDisplay: "exceptZero" });
  const clock = new Intl.DateTimeFormat(locale, { timeStyle: "medium" });
  const moments = new Map<string, Intl.DateTimeFormat>();
  return {
    figure: (n) => (n === undefined ? unknown : figures.format(n)),
    change: (n) => changes.format(n),
    clock: (ms) => clock.format(ms),
    moment: (text, zone = "") => {
      let format = moments.get(zone);
      if (format === undefined) {
        format = new Intl.DateTimeFormat(locale, {
          day: "numeric",
          month: "short",
          year: "numeric",
          hour: "2-digit",
          minute: "2-digit",
          timeZoneName: "short",
          ...(zone === "" ? {} : { timeZone: zone }),
        });
        moments.set(zone, format);
      }
      return format.format(new Date(text));
    },
  };
}

/** A sentence about err for the reader. */
export function explain(t: Translate, err: unknown): string {
  if (!(err instanceof Failure)) return String(err);
  if (err.status === 0) return t("unreachable");
  switch (err.problem.code) {
    case "INSUFFICIENT_STOCK": {
      const available = err.figure("available");
      const requested = err.figure("requested");
      return available === undefined || requested === undefined
        ? t("insufficientPlain")
        : t("insufficient", { available, requested });
    }
    case "VERSION_MISMATCH":
      return t("mismatch");
    case "FORBIDDEN":
      return t("forbidden");
    case "RESERVATION_EXPIRED":
      return t("isExpired");
    case "INVALID_STATE":
      return t("invalidState");
    case "RATE_LIMITED":
      return t("rateLimited");
    default:
      return err.message;
  }
}
