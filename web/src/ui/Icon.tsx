const PATHS = {
  play: "M7 4v16l13-8z",
  pause: "M6 4h4v16H6zM14 4h4v16h-4z",
  stepBack: "M17 5v14L8 12zM5 5h2v14H5z",
  stepForward: "M7 5v14l9-7zM17 5h2v14h-2z",
  back: "M12 5v14L3 12zM21 5v14l-9-7z",
  forward: "M3 5v14l9-7zM12 5v14l9-7z",
  previousEvent: "M14 5v14L6 12zM22 5v14l-8-7zM2 5h2v14H2z",
  nextEvent: "M2 5v14l8-7zM10 5v14l8-7zM20 5h2v14h-2z",
  fullScreen: "M4 4h6v2H6v4H4zM14 4h6v6h-2V6h-4zM4 14h2v4h4v2H4zM18 14h2v6h-6v-2h4z",
} as const;

export type IconName = keyof typeof PATHS;

/** A sign on a button, which says what it does in words, too. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
