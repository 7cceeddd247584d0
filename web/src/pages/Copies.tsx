import { useCopies } from "../api/queries";
import type { CopyPlace } from "../api/types";
import { useWords } from "../i18n/words";
import { Loaded } from "../ui/Loaded";
import { Card } from "../ui/Page";

/** How far copies at other places are. */
export function Copies() {
  const { t } = useWords();
  const copies = useCopies();
  return (
    <Card title={t("storage.copies")}>
      <Loaded query={copies}>
        {({ places }) =>
          places.length === 0 ? (
            <p className="quiet">{t("storage.copies.none")}</p>
          ) : (
            <ul className="plain">
              {places.map((place) => (
                <Place key={place.name} place={place} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}

function Place({ place }: { place: CopyPlace }) {
  const { t, bytes } = useWords();
  const notes = [
    place.waiting === 0 ? t("storage.copies.upToDate") : null,
    place.waiting ? t("storage.copies.waiting", { n: place.waiting, size: bytes(place.waiting_bytes ?? 0) }) : null,
    place.done === null ? null : t("storage.copies.done", { n: place.done }),
    place.under_way === null ? null : t("storage.copies.rate", { rate: bytes(place.rate_bytes_per_s) }),
    place.waits_for_window ? t("storage.copies.window") : null,
    place.lost ? t("storage.copies.lost", { n: place.lost }) : null,
  ];
  const problem = place.problem ?? place.last_error;
  return (
    <li>
      <h3>
        {place.name} <span className="badge">{place.kind}</span>
      </h3>
      <p>{notes.filter((note) => note !== null).join(" · ")}</p>
      {problem !== null && (
        <p className="cause" lang="en">
          {problem}
        </p>
      )}
    </li>
  );
}
