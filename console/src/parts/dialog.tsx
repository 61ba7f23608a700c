import { type ReactNode, useEffect, useId, useRef } from "react";
import { useConsole } from "../console";

interface Props {
  title: string;
  close(): void;
  children: ReactNode;
}

/** A dialog over the screen. Escape closes it, and the focus returns to where it was. */
export function Dialog({ title, close, children }: Props) {
  const { t } = useConsole();
  const dialog = useRef<HTMLDialogElement>(null);
  const name = useId();
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} className="card" aria-labelledby={name} onClose={close}>
      <div className="dialog-head">
        <h2 id={name}>{title}</h2>
        <button type="button" className="quiet" onClick={close}>
          {t("close")}
        </button>
      </div>
      {children}
    </dialog>
  );
}
