/** When each picture is shown that was handed to the browser, to step from one to the next. */
export class FrameTimes {
  private times: number[] = [];

  clear(): void {
    this.times = [];
  }

  /** Times in seconds, in any order. */
  add(times: readonly number[]): void {
    const last = this.times.at(-1) ?? -Infinity;
    this.times.push(...times);
    if (times.some((time) => time < last)) this.times.sort((one, other) => one - other);
  }

  /** The picture that is shown at a time; null: it is not known. */
  at(time: number): number | null {
    return this.times[this.indexAt(time)] ?? null;
  }

  /** A moment at which the picture before or after is shown; null: it is not known. */
  besides(time: number, steps: number): number | null {
    const index = this.indexAt(time);
    const wanted = this.times[index + steps];
    if (index < 0 || wanted === undefined) return null;
    const before = wanted - (this.times[index + steps - 1] ?? -Infinity);
    const after = (this.times[index + steps + 1] ?? Infinity) - wanted;
    return wanted + Math.min(before, after, LONGEST_S) / 2;
  }

  /** How long the picture is shown that is shown at a time, going by those beside it; null: it is not known. */
  lengthAt(time: number): number | null {
    const index = this.indexAt(time);
    const at = this.times[index];
    if (at === undefined) return null;
    const length = Math.min(at - (this.times[index - 1] ?? -Infinity), (this.times[index + 1] ?? Infinity) - at);
    return Math.min(length, LONGEST_S);
  }

  private indexAt(time: number): number {
    let low = 0;
    let high = this.times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.times[middle] ?? Infinity) <= time + EPSILON) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

const EPSILON = 0.0005;
/** For which a picture is taken to be shown, where those beside it are far. */
const LONGEST_S = 0.1;
