/** What is told goes into the answers that pages show. */
import type { QueryClient } from "@tanstack/react-query";

import type { components } from "./schema";
import type { ServerMessage } from "./events";

export const STREAMS = ["streams"];
export const VOLUMES = ["volumes"];
export const INCIDENTS = ["incidents"];
export const INCIDENT_STATISTICS = ["incident statistics"];
export const RECORDINGS = ["recordings"];
export const GAPS = ["gaps"];
const STORAGE = ["storage"];
/** What is read again if something may have been missed. */
const ALL = [STREAMS, VOLUMES, STORAGE, INCIDENTS, INCIDENT_STATISTICS, RECORDINGS, GAPS];
const GATHER_MS = 500;

type Streams = components["schemas"]["Streams"];
type Volumes = components["schemas"]["Volumes"];
type Message<Type extends ServerMessage["type"]> = Extract<ServerMessage, { type: Type }>;

/** Streams after a change of one of them. */
export function withStream(before: Streams, { stream, time }: Message<"stream">): Streams {
  const isIt = (one: Streams["streams"][number]) => one.camera === stream.camera && one.stream === stream.stream;
  return { ...before, time, streams: before.streams.map((one) => (isIt(one) ? stream : one)) };
}

/** Streams with newer figures. */
export function withFigures(before: Streams, { streams, time }: Message<"statistics">): Streams {
  const figures = new Map(streams.map((one) => [`${one.camera}/${one.stream}`, one.statistics]));
  return {
    ...before,
    time,
    streams: before.streams.map((one) => ({
      ...one,
      statistics: figures.get(`${one.camera}/${one.stream}`) ?? one.statistics,
    })),
  };
}

/** Keeps answers as they are told, and has those read again that cannot be. */
export class Answers {
  private readonly stale = new Map<string, readonly string[]>();
  private gathering = 0;

  constructor(private readonly queries: QueryClient) {}

  readonly missed = (): void => {
    for (const key of ALL) this.readAgain(key);
  };

  readonly tell = (message: ServerMessage): void => {
    switch (message.type) {
      case "stream":
        this.changeStreams((before) => withStream(before, message));
        // An answer that is on its way may be older than what was just told.
        if (this.queries.isFetching({ queryKey: STREAMS }) > 0) this.readAgain(STREAMS);
        break;
      case "statistics":
        this.changeStreams((before) => withFigures(before, message));
        break;
      case "configuration":
        this.readAgain(STREAMS);
        break;
      case "volumes":
        this.queries.setQueryData<Volumes>(VOLUMES, (before) => before && { ...before, volumes: message.volumes });
        this.readAgain(STORAGE);
        break;
      case "incident":
        this.readAgain(INCIDENTS);
        this.readAgain(INCIDENT_STATISTICS);
        break;
      case "segment":
        this.readAgain([...RECORDINGS, message.camera]);
        break;
      case "gap":
      case "recordings":
        this.readAgain([...RECORDINGS, message.camera]);
        this.readAgain([...GAPS, message.camera]);
        break;
      case "welcome":
      case "alive":
      case "error":
        break;
    }
  };

  private changeStreams(change: (before: Streams) => Streams): void {
    this.queries.setQueryData<Streams>(STREAMS, (before) => before && change(before));
  }

  /** Several in a short time are one. */
  private readAgain(key: readonly string[]): void {
    this.stale.set(JSON.stringify(key), key);
    if (this.gathering !== 0) return;
    this.gathering = window.setTimeout(() => {
      this.gathering = 0;
      const keys = [...this.stale.values()];
      this.stale.clear();
      for (const queryKey of keys) void this.queries.invalidateQueries({ queryKey });
    }, GATHER_MS);
  }
}
