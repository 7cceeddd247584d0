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
  const { t, bytes, dateTime } = useWords();
  const notes = [
    place.waiting === 0 ? t("storage.copies.upToDate") : null,
    place.waiting ? t("storage.copies.waiting", { n: place.waiting, size: bytes(place.waiting_bytes ?? 0) }) : null,
    place.oldest_waiting === null ? null : t("storage.copies.oldest", { time: dateTime(place.oldest_waiting) }),
    place.done === null ? null : t("storage.copies.done", { n: place.done }),
    place.under_way === null ? null : t("storage.copies.rate", { rate: bytes(place.rate_bytes_per_s) }),
    place.waits_for_window ? t("storage.copies.window") : null,
    place.lost ? t("storage.copies.lost", { n: place.lost }) : null,
  ];
  return (
    <li>
      <h3>
        {place.name} <span className="badge">{place.kind}</span>{" "}
        {place.problem !== null && (
          <span className="badge" data-tone="bad">
            {t("storage.copies.stuck")}
          </span>
        )}
      </h3>
      <p>{notes.filter((note) => note !== null).join(" · ")}</p>
      {place.under_way !== null && (
        <p className="quiet">
          {t("storage.copies.underWay")}: <span lang="en">{place.under_way}</span>
        </p>
      )}
      {place.problem !== null && (
        <p className="cause" lang="en">
          {place.problem}
        </p>
      )}
      {place.problem === null && place.last_error !== null && (
        <p className="quiet">
          {t("storage.copies.lastError")}: <span lang="en">{place.last_error}</span>
        </p>
      )}
    </li>
  );
}
