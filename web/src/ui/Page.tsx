import { type ReactNode, useEffect } from "react";

interface Props {
  title: string;
  /** Beside the title. */
  aside?: ReactNode;
  className?: string;
  children: ReactNode;
}

/** A page with its title, which is that of the window, too. */
export function Page({ title, aside, className = "", children }: Props) {
  useEffect(() => {
    document.title = `${title} · gstnvr`;
  }, [title]);
  return (
    <div className={`page ${className}`}>
      <div className="page-head">
        <h1>{title}</h1>
        {aside}
      </div>
      {children}
    </div>
  );
}

export function Card({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className="card">
      <div className="card-head">
        <h2>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
