import { Component, type ReactNode } from "react";

import { useWords } from "../i18n/words";

interface State {
  failed: string | null;
}

/** Says what failed instead of leaving a white page. */
export class FaultBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { failed: null };

  static getDerivedStateFromError(error: unknown): State {
    return { failed: error instanceof Error ? error.message : String(error) };
  }

  override render() {
    return this.state.failed === null ? this.props.children : <Failure message={this.state.failed} />;
  }
}

function Failure({ message }: { message: string }) {
  const { t } = useWords();
  return (
    <main className="page">
      <h1>{t("app.broken")}</h1>
      <p>{message}</p>
      <button
        type="button"
        onClick={() => {
          window.location.reload();
        }}
      >
        {t("app.reload")}
      </button>
    </main>
  );
}
