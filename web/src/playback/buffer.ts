/** A `SourceBuffer` whose operations can be waited for, one at a time. */
export class MediaBuffer {
  private constructor(
    private readonly source: MediaSource,
    private readonly buffer: SourceBuffer,
    private mime: string,
  ) {}

  static async open(video: HTMLVideoElement, mime: string, signal: AbortSignal): Promise<MediaBuffer> {
    const source = new MediaSource();
    const opened = once(source, "sourceopen", signal);
    const url = URL.createObjectURL(source);
    // Not before: the video element may still be about to fetch it, whether or not anybody waits for that.
    source.addEventListener(
      "sourceopen",
      () => {
        URL.revokeObjectURL(url);
      },
      { once: true },
    );
    video.src = url;
    await opened;
    source.duration = LONGEST_S;
    return new MediaBuffer(source, source.addSourceBuffer(mime), mime);
  }

  get ranges(): TimeRanges {
    return this.buffer.buffered;
  }

  /** Take the beginning of a file whose time 0 lies at `offset` of the time line, in seconds. */
  async begin(bytes: Uint8Array<ArrayBuffer>, mime: string, offset: number, signal: AbortSignal): Promise<void> {
    await this.idle(signal);
    this.buffer.abort();
    if (mime !== this.mime) {
      this.buffer.changeType(mime);
      this.mime = mime;
    }
    this.buffer.timestampOffset = offset;
    await this.append(bytes, signal);
  }

  /** Raises `QuotaExceededError` when the browser has no room for it. */
  async append(bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<void> {
    await this.idle(signal);
    this.buffer.appendBuffer(bytes);
    await this.idle(signal);
  }

  async remove(start: number, end: number, signal: AbortSignal): Promise<void> {
    await this.idle(signal);
    if (end <= start) return;
    this.buffer.remove(start, end);
    await this.idle(signal);
  }

  /** Let go of everything. */
  async clear(signal: AbortSignal): Promise<void> {
    await this.idle(signal);
    this.buffer.abort();
    await this.remove(0, Infinity, signal);
  }

  private async idle(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.source.readyState !== "open") throw new DOMException("the media source was closed", "AbortError");
    if (this.buffer.updating) await once(this.buffer, "updateend", signal);
  }
}

const LONGEST_S = 14 * 86_400;

async function once(target: EventTarget, event: string, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const stop = () => {
      reject(new DOMException("stopped", "AbortError"));
    };
    signal.addEventListener("abort", stop, { once: true });
    target.addEventListener(
      event,
      () => {
        signal.removeEventListener("abort", stop);
        resolve();
      },
      { once: true },
    );
  });
}

/** Which of these ranges holds a time; null: none. */
export function rangeAt(ranges: TimeRanges, time: number): { start: number; end: number } | null {
  for (let index = 0; index < ranges.length; index += 1) {
    const start = ranges.start(index);
    const end = ranges.end(index);
    if (start - TOLERANCE_S <= time && time <= end + TOLERANCE_S) return { start, end };
  }
  return null;
}

/** Where the first range begins after a time; null: there is none. */
export function rangeAfter(ranges: TimeRanges, time: number): number | null {
  for (let index = 0; index < ranges.length; index += 1) if (ranges.start(index) > time) return ranges.start(index);
  return null;
}

const TOLERANCE_S = 0.02;
