/** The WebSocket that tells what happens: opened again whenever it ends, from where it ended. */
import type { webhooks } from "./schema";

export type ServerMessage =
  webhooks["events"]["post"]["responses"][200]["content"]["application/json"];

type Welcome = Extract<ServerMessage, { type: "welcome" }>;
type Told = Exclude<ServerMessage, { type: "welcome" | "alive" | "error" }>;

export interface Hearing {
  /** Whether everything is told now. */
  connected: boolean;
  /** How often gstnvr has begun anew since this page was opened. */
  restarts: number;
}

export interface EventPorts {
  /** Opens the WebSocket. */
  open: () => WebSocket;
  /** Something happened. */
  tell: (message: Told) => void;
  /** Something may have been missed: what is shown is to be read again. */
  missed: () => void;
  /** The login may have ended. */
  doubtLogin: () => void;
}

const RETRY_MS = 1000;
const SPREAD_MS = 500;
const FULL_RETRY_MS = 30_000;
/** Figures come every second. */
const SILENT_AFTER_MS = 10_000;
const NOT_SIGNED_IN = 4401;
const TOO_MANY = 4429;

export class EventConnection {
  private hearing: Hearing = { connected: false, restarts: 0 };
  private readonly followers = new Set<() => void>();
  private socket: WebSocket | null = null;
  private resume: { epoch: string; after: number } | null = null;
  private timer = 0;

  constructor(private readonly ports: EventPorts) {}

  readonly follow = (follower: () => void): (() => void) => {
    this.followers.add(follower);
    return () => {
      this.followers.delete(follower);
    };
  };

  readonly now = (): Hearing => this.hearing;

  start(): void {
    const socket = this.ports.open();
    this.socket = socket;
    socket.onopen = () => {
      const resume = this.resume === null ? {} : { resume: this.resume };
      socket.send(JSON.stringify({ type: "subscribe", ...resume }));
    };
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      if (this.socket === socket) this.hear(JSON.parse(data) as ServerMessage);
    };
    socket.onclose = ({ code }) => {
      if (this.socket === socket) this.lost(code);
    };
    this.expectNews();
  }

  stop(): void {
    window.clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.change({ connected: false });
  }

  private expectNews(): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      this.stop();
      this.start();
    }, SILENT_AFTER_MS);
  }

  private hear(message: ServerMessage): void {
    this.expectNews();
    if (message.type === "welcome") {
      this.begin(message);
      return;
    }
    if (message.type === "alive" || message.type === "error") return;
    if ("number" in message && this.resume !== null) this.resume.after = message.number;
    this.ports.tell(message);
  }

  private begin({ epoch, number, resumed }: Welcome): void {
    const restarted = this.resume !== null && this.resume.epoch !== epoch;
    this.resume = { epoch, after: number };
    this.change({ connected: true, restarts: this.hearing.restarts + (restarted ? 1 : 0) });
    if (!resumed) this.ports.missed();
  }

  private lost(code: number): void {
    this.stop();
    if (code === NOT_SIGNED_IN) this.ports.doubtLogin();
    const retryMs = code === TOO_MANY ? FULL_RETRY_MS : RETRY_MS + Math.random() * SPREAD_MS;
    this.timer = window.setTimeout(() => {
      this.start();
    }, retryMs);
  }

  private change(changes: Partial<Hearing>): void {
    const next = { ...this.hearing, ...changes };
    if (next.connected === this.hearing.connected && next.restarts === this.hearing.restarts) return;
    this.hearing = next;
    for (const follower of this.followers) follower();
  }
}
