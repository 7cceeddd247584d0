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

/**
 * Whether there is a picture of a stream for whoever asks. A sub stream that nobody watches is not connected: that
 * somebody asks is what connects it.
 */
export function canBeAsked(stream: Stream): boolean {
  return stream.stream === "sub" || stream.state === "connected";
}
