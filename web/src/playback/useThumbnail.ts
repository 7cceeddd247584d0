import { useEffect, useRef, useState } from "react";

import { ApiError, client } from "../api/client";
import type { Scale } from "./scale";
import type { Span } from "./spans";
import {
  type FetchedThumbnail,
  momentsAround,
  type ShownThumbnail,
  ThumbnailLoader,
  thumbnailMoment,
} from "./thumbnails";

const WIDTH = 320;
const PICTURE_TIME = "Gstnvr-Picture-Time";

/** The picture to show for a place on a camera's time line; null while there is none. */
export function useThumbnail(
  camera: string,
  scale: Scale,
  recordings: readonly Span[],
  pointed: number | null,
): ShownThumbnail | null {
  const [shown, setShown] = useState<ShownThumbnail | null>(null);
  const loader = useRef<ThumbnailLoader | null>(null);
  useEffect(() => {
    const made = new ThumbnailLoader((at, signal) => fetchThumbnail(camera, at, signal), setShown);
    loader.current = made;
    return () => {
      made.close();
    };
  }, [camera]);
  const latest = recordings.at(-1)?.start;
  useEffect(() => {
    if (latest !== undefined) loader.current?.prepare(latest + 1);
  }, [camera, latest]);
  const { start, end, width } = scale;
  useEffect(() => {
    const at = pointed === null ? null : thumbnailMoment({ start, end, width }, recordings, pointed);
    if (at === null || pointed === null) loader.current?.stop();
    else loader.current?.want(at, momentsAround({ start, end, width }, recordings, pointed));
  }, [start, end, width, recordings, pointed]);
  return pointed === null ? null : shown;
}

async function fetchThumbnail(camera: string, at: number, signal: AbortSignal): Promise<FetchedThumbnail | null> {
  try {
    const { data, response } = await client.GET("/api/v1/cameras/{camera}/streams/{kind}/thumbnail", {
      params: { path: { camera, kind: "main" }, query: { at: new Date(at).toISOString(), width: WIDTH } },
      parseAs: "blob",
      signal,
    });
    if (!(data instanceof Blob)) return null;
    const settled = response.headers.get("Cache-Control")?.includes("immutable") === true;
    return { picture: data, taken: Date.parse(response.headers.get(PICTURE_TIME) ?? ""), settled };
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}
