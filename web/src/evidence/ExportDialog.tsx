import { useState } from "react";
import { Link } from "wouter";

import type { Export } from "../api/types";
import { useWords } from "../i18n/words";
import type { Span } from "../playback/spans";
import { SECOND } from "../time/zone";
import { Choice } from "../ui/Choice";
import { Dialog } from "../ui/Dialog";
import { ExportProgress } from "./ExportProgress";
import { useExport, useNewExport } from "./queries";
import { ReasonForm } from "./ReasonForm";

interface Props {
  span: Span;
  cameras: readonly { id: string; name: string }[];
  onClose: () => void;
}

/** Orders an export of a range, and shows how far it is. */
export function ExportDialog({ span, cameras, onClose }: Props) {
  const { t } = useWords();
  const order = useNewExport();
  return (
    <Dialog title={t("export.dialog")} onClose={onClose}>
      {order.data === undefined ? (
        <ExportForm span={span} cameras={cameras} order={order} onClose={onClose} />
      ) : (
        <Begun made={order.data} onClose={onClose} />
      )}
    </Dialog>
  );
}

function ExportForm({ span, cameras, order, onClose }: Props & { order: ReturnType<typeof useNewExport> }) {
  const { t, zone, duration } = useWords();
  const [kind, setKind] = useState<Export["kind"]>("export");
  const [pictures, setPictures] = useState(true);
  const [everyS, setEveryS] = useState(60);
  const [fps, setFps] = useState(25);
  const body = {
    kind,
    pictures,
    zone,
    cameras: cameras.map(({ id }) => id),
    stream: "main" as const,
    from: new Date(span.start).toISOString(),
    to: new Date(span.end).toISOString(),
    every_s: everyS,
    fps,
  };
  return (
    <ReasonForm
      submit={t("export.order")}
      needed={false}
      busy={order.isPending}
      error={order.error}
      onSubmit={(reason) => {
        order.mutate({ ...body, reason });
      }}
      onCancel={onClose}
    >
      <p>{cameras.map(({ name }) => name).join(", ")}</p>
      <Choice
        label={t("export.what")}
        value={kind}
        options={[
          ["export", t("export.kind.export")],
          ["timelapse", t("export.kind.timelapse")],
        ]}
        onChange={setKind}
      />
      <p className="quiet">{t("export.contents")}</p>
      {kind === "timelapse" && (
        <>
          <NumberField label={t("export.every")} value={everyS} least={0.1} most={86_400} onChange={setEveryS} />
          <NumberField label={t("export.fps")} value={fps} least={1} most={60} onChange={setFps} />
          <p className="quiet">
            {t("export.lasts", { duration: duration((span.end - span.start) / SECOND / everyS / fps) })}
          </p>
        </>
      )}
      <label className="check">
        <input
          type="checkbox"
          checked={pictures}
          onChange={({ target }) => {
            setPictures(target.checked);
          }}
        />
        {t("export.pictures")}
      </label>
    </ReasonForm>
  );
}

interface NumberProps {
  label: string;
  value: number;
  least: number;
  most: number;
  onChange: (value: number) => void;
}

function NumberField({ label, value, least, most, onChange }: NumberProps) {
  return (
    <label className="choice">
      <span>{label}</span>
      <input
        type="number"
        required
        min={least}
        max={most}
        step={least < 1 ? "any" : 1}
        defaultValue={value}
        onChange={({ target }) => {
          if (target.validity.valid) onChange(target.valueAsNumber);
        }}
      />
    </label>
  );
}

function Begun({ made, onClose }: { made: Export; onClose: () => void }) {
  const { t } = useWords();
  const now = useExport(made.uid).data ?? made;
  return (
    <div className="stacked">
      <p role="status">{t("export.begun")}</p>
      <ExportProgress made={now} />
      <div className="buttons">
        <Link className="button" href="/exports">
          {t("export.toList")}
        </Link>
        <button type="button" onClick={onClose}>
          {t("app.close")}
        </button>
      </div>
    </div>
  );
}
