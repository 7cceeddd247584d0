const BORDER = 4;

/** A QR code, dark on light in any appearance of the page: some readers know no other. */
export function Qr({ rows, label }: { rows: readonly string[]; label: string }) {
  const size = rows.length + 2 * BORDER;
  const path = rows.flatMap((row, y) => [...row].flatMap((dark, x) => (dark === "1" ? [`M${x + BORDER} ${y + BORDER}h1v1h-1z`] : [])));
  return (
    <svg className="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shapeRendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path.join("")} fill="#000" />
    </svg>
  );
}
