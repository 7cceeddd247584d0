import { type Init, withoutLength, withoutTrack } from "./mp4";

export interface Suited {
  init: Init;
  mime: string;
  /** Codec of sound that is left out, as this browser cannot play it. */
  silent: string | null;
  /** Codec of the video, if this browser cannot play that. */
  refused: string | null;
}

/** What of a file this browser plays. */
export function suited(init: Init): Suited {
  const video = init.tracks.find((track) => track.kind === "video");
  const refused = video !== undefined && supports(video.codec) ? null : (video?.name ?? "");
  let rest = withoutLength(init);
  let silent: string | null = null;
  for (const track of init.tracks.filter(({ kind, codec }) => kind === "audio" && !supports(codec))) {
    silent = track.name;
    rest = withoutTrack(rest, track.id);
  }
  return { init: rest, mime: mimeOf(rest.tracks.map(({ codec }) => codec ?? "")), silent, refused };
}

function mimeOf(codecs: readonly string[]): string {
  return `video/mp4; codecs="${codecs.join(",")}"`;
}

function supports(codec: string | null): boolean {
  return codec !== null && MediaSource.isTypeSupported(mimeOf([codec]));
}
