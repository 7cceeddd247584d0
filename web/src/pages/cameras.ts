import type { Stream } from "../api/types";

/** A camera with the streams that it has. */
export interface Camera {
  id: string;
  name: string;
  main: Stream;
  sub: Stream | null;
}

/** Streams by camera, in the order of the configuration. */
export function camerasOf(streams: readonly Stream[]): Camera[] {
  return streams
    .filter((stream) => stream.stream === "main")
    .map((main) => ({
      id: main.camera,
      name: main.camera_name,
      main,
      sub: streams.find((one) => one.camera === main.camera && one.stream === "sub") ?? null,
    }));
}
