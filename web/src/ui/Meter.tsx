interface Props {
  label: string;
  /** Shares of the whole, 0 to 1. */
  used: number;
  ours: number;
  /** Where recordings begin to go. */
  mark: number | null;
}

/** How full something is, which part of that is recordings, and where the limit lies. */
export function Meter({ label, used, ours, mark }: Props) {
  return (
    <svg className="meter" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label={label}>
      <rect className="room" width="100" height="8" />
      <rect className="used" width={100 * used} height="8" />
      <rect className="ours" width={100 * ours} height="8" />
      {mark !== null && <rect className="mark" x={100 * mark} width="0.4" height="8" />}
    </svg>
  );
}
