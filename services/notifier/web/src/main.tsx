import { type ComponentChild, render } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Alerts } from "./alerts";
import { Client, Failure, type Row } from "./api";
import { textField } from "./change";
import { explain, PageContext, usePage } from "./context";
import { rowName, unknown } from "./format";
import { ChangeForm, Dialog, ReserveForm } from "./forms";
import { firstLanguage, keepLanguage, type Language, languages, type Translate, translator } from "./i18n";
import { type Inventory, useInventory } from "./inventory";
import { Reservations } from "./reservations";
import { Activity, Feed, Health } from "./side";
import { rowKey } from "./state";
import { Stock } from "./stock";

const keptKey = "inventory-api-key";

function App() {
  const [language, setLanguage] = useState<Language>(firstLanguage);
  const [key, setKey] = useState(() => sessionStorage.getItem(keptKey) ?? "");
  const [refused, setRefused] = useState(false);
  const t = useMemo(() => translator(language), [language]);
  useEffect(() => {
    document.documentElement.lang = language;
    document.title = t("title");
    keepLanguage(language);
  }, [language, t]);

  function leave(because: boolean) {
    sessionStorage.removeItem(keptKey);
    setRefused(because);
    setKey("");
  }
  const switcher = <LanguageSwitch language={language} change={setLanguage} t={t} />;
  if (key === "") {
    return (
      <KeyDialog
        t={t}
        refused={refused}
        switcher={switcher}
        open={(k) => {
          sessionStorage.setItem(keptKey, k);
          setKey(k);
        }}
      />
    );
  }
  return <Operator key={key} apiKey={key} language={language} t={t} leave={leave} switcher={switcher} />;
}

const languageNames: Record<Language, string> = { en: "English", es: "Español" };

function LanguageSwitch({ language, change, t }: { language: Language; change: (l: Language) => void; t: Translate }) {
  return (
    <div class="languages" role="group" aria-label={t("language")}>
      {(Object.keys(languages) as Language[]).map((l) => (
        <button key={l} type="button" class="quiet" lang={l} aria-pressed={l === language} onClick={() => change(l)}>
          {languageNames[l]}
        </button>
      ))}
    </div>
  );
}

function KeyDialog({
  t,
  refused,
  switcher,
  open,
}: {
  t: Translate;
  refused: boolean;
  switcher: ComponentChild;
  open: (key: string) => void;
}) {
  const [problem, setProblem] = useState(refused ? t("keyWrong") : "");
  const [busy, setBusy] = useState(false);

  async function check(key: string) {
    if (key === "") {
      setProblem(t("keyEmpty"));
      return;
    }
    setBusy(true);
    try {
      await new Client(key).get("/stock/low-stock?limit=1");
      open(key);
    } catch (err) {
      setProblem(err instanceof Failure && err.status !== 0 && err.status < 500 ? t("keyWrong") : t("keyUnreachable"));
    }
    setBusy(false);
  }
  return (
    <main class="gate">
      <h1 class="hidden">{t("title")}</h1>
      <Dialog title={t("keyTitle")}>
        <form
          onSubmit={(e) => {
            e.preventDefault();
            void check(textField(new FormData(e.currentTarget), "key"));
          }}
        >
          <label>
            {t("keyLabel")}
            <input
              name="key"
              type="password"
              autocomplete="off"
              spellcheck={false}
              autofocus
              aria-describedby="key-help"
              aria-invalid={problem !== ""}
            />
          </label>
          <p id="key-help" class="muted small">
            {t("keyHelp")}
          </p>
          <p class="problem" role="alert">
            {problem}
          </p>
          <div class="actions">
            <button type="submit" class="primary" disabled={busy}>
              {busy ? t("working") : t("keyOpen")}
            </button>
            {switcher}
          </div>
        </form>
      </Dialog>
    </main>
  );
}

interface OperatorProps {
  apiKey: string;
  language: Language;
  t: Translate;
  leave: (refused: boolean) => void;
  switcher: ComponentChild;
}

function Operator({ apiKey, language, t, leave, switcher }: OperatorProps) {
  const client = useMemo(() => new Client(apiKey), [apiKey]);
  const [store, setStore] = useState("");
  const [message, setMessage] = useState({ text: "", bad: false, at: 0 });
  const [asked, setAsked] = useState<{ row: Row; what: "reserve" | "change" } | null>(null);
  const inventory = useInventory(client, store, () => leave(true));
  const now = useNow() + client.skew;
  const page = {
    client,
    language,
    t,
    refresh: inventory.refresh,
    figure: (n: number) => n.toLocaleString(language),
    say: (text: string, bad = false) => setMessage({ text, bad, at: Date.now() }),
  };
  useEffect(() => {
    const timer = setTimeout(() => setMessage((m) => ({ ...m, text: "" })), 6000);
    return () => clearTimeout(timer);
  }, [message.at]);

  const close = () => setAsked(null);
  const current =
    asked === null ? undefined : (inventory.rows?.list.find((r) => rowKey(r) === rowKey(asked.row)) ?? asked.row);
  return (
    <PageContext.Provider value={page}>
      <a class="skip" href="#stock">
        {t("skip")}
      </a>
      <header>
        <h1>
          <Logo />
          {t("title")}
        </h1>
        <Connected inventory={inventory} now={now} />
        <div class="header-tools">
          <select value={store} onChange={(e) => setStore(e.currentTarget.value)} aria-label={t("store")}>
            <option value="">{t("allStores")}</option>
            {inventory.stores.map((s) => (
              <option key={s} value={s}>
                {s}
              </option>
            ))}
          </select>
          {switcher}
          <a href="/console/">{t("console")}</a>
          <a href="/docs">{t("apiDocs")}</a>
          <button type="button" class="quiet" onClick={() => leave(false)}>
            {t("signOut")}
          </button>
        </div>
      </header>
      <Banner inventory={inventory} />
      <main>
        <Alerts inventory={inventory} store={store} />
        <Tiles inventory={inventory} now={now} />
        <div class="columns">
          <Reservations inventory={inventory} now={now} />
          <Stock inventory={inventory} ask={(row, what) => setAsked({ row, what })} />
          <div class="side">
            <Feed inventory={inventory} store={store} />
            <Health />
          </div>
        </div>
      </main>
      <p class={`toast${message.bad ? " bad" : ""}${message.text === "" ? " away" : ""}`} role="status">
        {message.text}
      </p>
      <Announcer inventory={inventory} />
      {asked?.what === "reserve" && current && <ReserveForm row={current} close={close} />}
      {asked?.what === "change" && current && <ChangeForm row={current} stores={inventory.stores} close={close} />}
    </PageContext.Provider>
  );
}

const patience = 3000; // the figures are behind when they lack a change that is older

// Connected shows the state of the connection and the time of the figures.
function Connected({ inventory, now }: { inventory: Inventory; now: number }) {
  const { client, t, language } = usePage();
  const { connection, behindSince, asOf } = inventory;
  const waiting = behindSince === null ? 0 : now - client.skew - behindSince;
  const state = connection === "live" && (inventory.trouble !== null || waiting > patience) ? "behind" : connection;
  return (
    <span class={`connection ${state}`} data-connection={state}>
      <span class="lamp" aria-hidden="true" />
      {t(state)}
      {asOf !== null && (
        <time class="small as-of" dateTime={new Date(asOf).toISOString()}>
          {t("asOf", { time: new Date(asOf).toLocaleTimeString(language) })}
        </time>
      )}
    </span>
  );
}

function Tiles({ inventory, now }: { inventory: Inventory; now: number }) {
  const { t, figure } = usePage();
  const shown = (n: number | undefined) => (n === undefined ? unknown : figure(n));
  const { totals } = inventory;
  return (
    <div class="tiles" aria-busy={totals === null}>
      <div class="card tile">
        <span class="figure">{shown(totals?.available)}</span>
        <span class="muted">{t("unitsAvailable")}</span>
      </div>
      <div class="card tile">
        <span class="figure hold">{shown(totals?.reserved)}</span>
        <span class="muted">{t("unitsReserved")}</span>
      </div>
      <div class="card tile">
        <span class="figure warn">{shown(totals?.low)}</span>
        <span class="muted">{t("lowRows")}</span>
      </div>
      <Activity inventory={inventory} now={now} />
    </div>
  );
}

function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
      <rect class="logo-back" width="32" height="32" rx="7" />
      <path class="logo-1" d="M7 20h18v4H7z" />
      <path class="logo-2" d="M7 14h12v4H7z" />
      <path class="logo-3" d="M7 8h7v4H7z" />
    </svg>
  );
}

// Banner shows that the server is gone, and for a few seconds that it is back.
function Banner({ inventory }: { inventory: Inventory }) {
  const { t } = usePage();
  const wasGone = useRef(false);
  const [back, setBack] = useState(false);
  useEffect(() => {
    if (inventory.connection === "gone") {
      wasGone.current = true;
      setBack(false);
      return;
    }
    if (!wasGone.current || inventory.connection === "connecting") return;
    wasGone.current = false;
    setBack(true);
    const timer = setTimeout(() => setBack(false), 6000);
    return () => clearTimeout(timer);
  }, [inventory.connection]);
  const gone = inventory.connection === "gone";
  return (
    <div role="status" class="banner-place">
      {gone && <p class="banner bad">{t("goneBanner")}</p>}
      {!gone && inventory.trouble !== null && (
        <p class="banner bad">{t("readFailed", { why: explain(t, inventory.trouble) })}</p>
      )}
      {!gone && inventory.trouble === null && back && <p class="banner good">{t("backBanner")}</p>}
    </div>
  );
}

const announcePause = 4000;

// Announcer reads out the latest change of the stock, at most one every few seconds.
function Announcer({ inventory }: { inventory: Inventory }) {
  const { t } = usePage();
  const [text, setText] = useState("");
  const lastTime = useRef(0);
  const { changed, rows } = inventory;
  const lastChanged = useRef(changed);
  useEffect(() => {
    if (changed === lastChanged.current) return;
    lastChanged.current = changed;
    const latest = [...changed].at(-1);
    const row = latest && rows?.list.find((r) => rowKey(r) === latest[0]);
    if (!row || Date.now() - lastTime.current < announcePause) return;
    lastTime.current = Date.now();
    setText(t("stockChanged", { what: rowName(row), n: row.available }));
  }, [changed, rows, t]);
  return (
    <p class="hidden" aria-live="polite">
      {text}
    </p>
  );
}

function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

const place = document.getElementById("app");
if (place) render(<App />, place);
