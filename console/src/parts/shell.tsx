import { type ReactNode, useEffect, useState } from "react";
import { Link, useRoute } from "wouter";
import type { Settings } from "../app";
import { useConsole } from "../console";
import { useStatus } from "../live/live";
import { explain, type Key } from "../text/text";
import { SettingsFields } from "./settings";

const screens: { path: string; name: Key }[] = [{ path: "/stock", name: "stock" }];

interface Props {
  settings: Settings;
  message: string;
  signOut(): void;
  children: ReactNode;
}

/** The frame of every screen. */
export function Shell({ settings, message, signOut, children }: Props) {
  const { t } = useConsole();
  return (
    <div className="shell">
      <a className="skip" href="#content">
        {t("skip")}
      </a>
      <header>
        <Link href="/" className="brand">
          <Logo />
          {t("title")}
        </Link>
        <nav aria-label={t("screens")}>
          {screens.map((s) => (
            <Tab key={s.path} path={s.path} name={t(s.name)} />
          ))}
        </nav>
        <Badge />
        <Owner settings={settings} signOut={signOut} />
      </header>
      <Banner />
      <main id="content" tabIndex={-1}>
        {children}
      </main>
      <p className={message === "" ? "toast away" : "toast"} role="status">
        {message}
      </p>
    </div>
  );
}

function Tab({ path, name }: { path: string; name: string }) {
  const [active] = useRoute(`${path}/*?`);
  return (
    <Link href={path} aria-current={active ? "page" : undefined}>
      {name}
    </Link>
  );
}

const patience = 3000; // the figures are behind when they lack a change that is older

// Badge shows the state of the connection and the time of the figures.
function Badge() {
  const { t, format } = useConsole();
  const { connection, behindSince, asOf, trouble } = useStatus();
  const [, tick] = useState(0);
  useEffect(() => {
    if (behindSince === null) return;
    const timer = setTimeout(() => tick((n) => n + 1), behindSince + patience + 1 - Date.now());
    return () => clearTimeout(timer);
  }, [behindSince]);
  const late = behindSince !== null && Date.now() - behindSince > patience;
  const state = connection === "live" && (trouble !== null || late) ? "behind" : connection;
  return (
    <span className={`badge ${state}`} data-state={state}>
      <span className="lamp" aria-hidden="true" />
      {t(state)}
      <time className="small" dateTime={new Date(asOf).toISOString()}>
        {t("asOf", { time: format.clock(asOf) })}
      </time>
    </span>
  );
}

// Owner shows whose key it is and what it may do.
function Owner({ settings, signOut }: { settings: Settings; signOut(): void }) {
  const { t, key } = useConsole();
  const [open, setOpen] = useState(false);
  const may = {
    all: t("accessAll"),
    read: t("accessRead"),
    stores: t("accessStores", { stores: (key.stores ?? []).join(", ") }),
  }[key.access];
  return (
    <div className="owner">
      <button type="button" className="quiet" aria-expanded={open} aria-controls="owner" onClick={() => setOpen(!open)}>
        <span className="hidden">{t("menu")}: </span>
        <span className="owner-name">{key.name}</span>
      </button>
      <div id="owner" className="card owner-menu" hidden={!open}>
        <p>
          <strong>{key.name}</strong>: {may}
        </p>
        <SettingsFields t={t} settings={settings} />
        <p className="links">
          <a href="/">{t("oldPage")}</a>
          <a href="/docs">{t("apiDocs")}</a>
        </p>
        <button type="button" onClick={signOut}>
          {t("signOut")}
        </button>
      </div>
    </div>
  );
}

// Banner shows that the figures may be old, and why.
function Banner() {
  const { t } = useConsole();
  const { connection, trouble } = useStatus();
  return (
    <div role="status">
      {connection === "gone" && <p className="banner">{t("goneBanner")}</p>}
      {connection !== "gone" && trouble !== null && (
        <p className="banner">{t("readFailed", { why: explain(t, trouble) })}</p>
      )}
    </div>
  );
}

function Logo() {
  return (
    <svg className="logo" viewBox="0 0 32 32" aria-hidden="true">
      <rect className="logo-back" width="32" height="32" rx="7" />
      <path className="logo-1" d="M7 20h18v4H7z" />
      <path className="logo-2" d="M7 14h12v4H7z" />
      <path className="logo-3" d="M7 8h7v4H7z" />
    </svg>
  );
}
