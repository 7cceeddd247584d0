export interface Bar {
  key: string;
  name: string;
  value: number;
  text: string;
  /** Of the value, in another colour. */
  part?: number;
}

/** Lying bars, the largest of which fills the width. */
export function Bars({ bars }: { bars: readonly Bar[] }) {
  const most = Math.max(...bars.map((bar) => bar.value), 1);
  return (
    <dl className="bars">
      {bars.map((bar) => (
        <div key={bar.key}>
          <dt>{bar.name}</dt>
          <dd>
            <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
              <rect width={(100 * bar.value) / most} height="10" />
              {bar.part !== undefined && <rect className="part" width={(100 * bar.part) / most} height="10" />}
            </svg>
            <span>{bar.text}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

const COLUMN_HEIGHT = 100;

/** Standing columns, one for each day; what each says is its title and in a list for screen readers. */
export function Columns({ bars }: { bars: readonly Bar[] }) {
  const most = Math.max(...bars.map((bar) => bar.value), 1);
  const width = 100 / Math.max(bars.length, 1);
  return (
    <figure className="columns">
      <svg viewBox={`0 0 100 ${COLUMN_HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        {bars.map((bar, index) => (
          <g key={bar.key} transform={`translate(${index * width} 0)`}>
            <title>{bar.text}</title>
            <rect className="reach" width={width} height={COLUMN_HEIGHT} />
            <Column value={bar.value} most={most} width={width} />
            {bar.part !== undefined && <Column value={bar.part} most={most} width={width} part />}
          </g>
        ))}
      </svg>
      <div className="column-names" aria-hidden="true">
        <span>{bars[0]?.name}</span>
        <span>{bars.length > 1 && bars.at(-1)?.name}</span>
      </div>
      <ul className="for-readers">
        {bars
          .filter((bar) => bar.value > 0)
          .map((bar) => (
            <li key={bar.key}>{bar.text}</li>
          ))}
      </ul>
    </figure>
  );
}

function Column({ value, most, width, part = false }: { value: number; most: number; width: number; part?: boolean }) {
  const height = (COLUMN_HEIGHT * value) / most;
  return (
    <rect
      className={part ? "part" : undefined}
      x={width * 0.12}
      width={width * 0.76}
      y={COLUMN_HEIGHT - height}
      height={height}
    />
  );
}
