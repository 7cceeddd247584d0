import { useQuery } from "@tanstack/react-query";

import { answer, client } from "../api/client";
import { useWords } from "../i18n/words";
import { textOf } from "../settings/Control";
import { isTree, valueAt } from "../settings/draft";
import { useEditor } from "../settings/editor";
import { Loaded } from "../ui/Loaded";

const VOLUMES = ["storage", "volumes"];

/** What is plugged in and mounted here, to be chosen as a place for recordings. */
export function FileSystems() {
  const { t, bytes } = useWords();
  const { draft, set } = useEditor();
  const query = useQuery({
    queryKey: ["file-systems"],
    queryFn: ({ signal }) => answer(client.GET("/api/v1/file-systems", { signal })),
  });
  const given = valueAt(draft, VOLUMES);
  const volumes: unknown[] = Array.isArray(given) ? given : [];
  const chosen = volumes.filter(isTree).map(({ path }) => textOf(path));
  return (
    <Loaded query={query}>
      {({ file_systems: list }) => (
        <ul className="plain file-systems">
          {list.map(({ path, kind, device, free_bytes: free, total_bytes: total, writable, volumes: known }) => {
            const room = free === null || total === null ? null : { free: bytes(free), total: bytes(total) };
            const used = known.length > 0 || chosen.includes(path);
            return (
              <li key={path}>
                <strong>{path}</strong>{" "}
                <span className="quiet">
                  {kind} · {device} · {room === null ? t("guide.diskSilent") : t("guide.diskRoom", room)}
                </span>{" "}
                {used && <span className="badge">{t("guide.diskUsed")}</span>}
                {!used && room !== null && !writable && <span className="quiet">{t("guide.diskForbidden")}</span>}
                {!used && writable && path !== "/" && (
                  <button
                    type="button"
                    onClick={() => {
                      set(VOLUMES, [...volumes, { path }]);
                    }}
                  >
                    {t("guide.diskUse", { path })}
                  </button>
                )}
              </li>
            );
          })}
        </ul>
      )}
    </Loaded>
  );
}
