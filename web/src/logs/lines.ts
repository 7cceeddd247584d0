/** Lines of the log as a list that grows at its newer end, the newest first. */
import type { Log, LogLine } from "../api/types";

export interface Pages {
  pages: Log[];
  pageParams: (string | null)[];
}

/** Lines with those that came since a moment, which replace what was known of the time after it. */
export function withNews({ pages, pageParams }: Pages, news: readonly LogLine[], since: string): Pages {
  return {
    pages: pages.map((page, number) => {
      const older = page.lines.filter(({ time }) => time < since);
      return { ...page, lines: number === 0 ? [...news, ...older] : older };
    }),
    pageParams,
  };
}

/** A line as it stands in a log file. */
export function textOf({ time, level, process, source, camera, message }: LogLine): string {
  return `${time} ${level.toUpperCase()} ${process} ${camera === null ? source : `${source} ${camera}`}: ${message}`;
}

/** A text cut where another occurs in it, in whatever case: every second part is such an occurrence. */
export function cutAt(text: string, wanted: string): string[] {
  if (wanted === "") return [text];
  const escaped = wanted.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return text.split(new RegExp(`(${escaped})`, "iu"));
}
