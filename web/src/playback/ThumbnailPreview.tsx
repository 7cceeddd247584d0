import { useWords } from "../i18n/words";
import { clockOf } from "../time/zone";
import type { ShownThumbnail } from "./thumbnails";

/** What was to be seen at the place that is pointed at; the words beside it say the same to who sees no picture. */
export function ThumbnailPreview({ shown }: { shown: ShownThumbnail | null }) {
  const { zone } = useWords();
  if (shown === null) return null;
  return (
    <span className="thumbnail" data-taken={shown.taken}>
      <img src={shown.url} alt="" draggable={false} />
      <span className="thumbnail-time">{clockOf(shown.taken, zone)}</span>
    </span>
  );
}
