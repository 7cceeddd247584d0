import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { EventConnection, type ServerMessage } from "./events";
import { Answers, INCIDENTS, STREAMS } from "./told";
import type { Stream } from "./types";

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("window", globalThis);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function stream(camera: string, state: Stream["state"]): Stream {
  return { camera, stream: "main", state, statistics: { fps: 25 } } as Stream;
}

function streamsIn(queries: QueryClient): { time: string; streams: Stream[] } | undefined {
  return queries.getQueryData(STREAMS);
}

test("a stream that changed takes its place, and its figures come later", () => {
  const queries = new QueryClient();
  const { tell } = new Answers(queries);
  queries.setQueryData(STREAMS, { time: "1", streams: [stream("door", "connected"), stream("yard", "connected")] });
  tell({ type: "stream", number: 5, time: "2", stream: stream("yard", "reconnecting") });
  expect(streamsIn(queries)?.streams.map(({ state }) => state)).toEqual(["connected", "reconnecting"]);
  const statistics = { fps: 12.5 } as Stream["statistics"];
  tell({ type: "statistics", time: "3", streams: [{ camera: "yard", stream: "main", statistics }] });
  expect(streamsIn(queries)?.time).toBe("3");
  expect(streamsIn(queries)?.streams.map((one) => one.statistics.fps)).toEqual([25, 12.5]);
});

test("what cannot be told is read again, once for several news", async () => {
  const queries = new QueryClient();
  const read = vi.spyOn(queries, "invalidateQueries");
  const { tell } = new Answers(queries);
  const incident = {} as Extract<ServerMessage, { type: "incident" }>["incident"];
  for (const number of [1, 2, 3]) tell({ type: "incident", number, time: "1", change: "opened", incident });
  expect(read).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1000);
  expect(read.mock.calls.filter(([filters]) => filters?.queryKey === INCIDENTS)).toHaveLength(1);
});

class FakeSocket {
  onopen: () => void = () => undefined;
  onmessage: (event: { data: string }) => void = () => undefined;
  onclose: (event: { code: number }) => void = () => undefined;
  sent: unknown[] = [];
  closed = false;
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    this.closed = true;
  }
  say(message: unknown) {
    this.onmessage({ data: JSON.stringify(message) });
  }
}

function listening() {
  const sockets: FakeSocket[] = [];
  const heard = { told: [] as string[], missed: 0, doubts: 0 };
  const connection = new EventConnection({
    open: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket as unknown as WebSocket;
    },
    tell: ({ type }) => heard.told.push(type),
    missed: () => (heard.missed += 1),
    doubtLogin: () => (heard.doubts += 1),
  });
  connection.start();
  return { connection, sockets, heard };
}

function welcome(epoch: string, number: number, resumed = false) {
  return { type: "welcome", epoch, number, resumed, time: "1", version: "1" };
}

test("a connection that was lost goes on where it ended", async () => {
  const { connection, sockets, heard } = listening();
  sockets[0]?.onopen();
  expect(sockets[0]?.sent).toEqual([{ type: "subscribe" }]);
  sockets[0]?.say(welcome("a", 10));
  sockets[0]?.say({ type: "configuration", number: 12, time: "1" });
  expect(connection.now()).toEqual({ connected: true, restarts: 0 });
  sockets[0]?.onclose({ code: 1006 });
  expect(connection.now().connected).toBe(false);
  await vi.advanceTimersByTimeAsync(2000);
  sockets[1]?.onopen();
  expect(sockets[1]?.sent).toEqual([{ type: "subscribe", resume: { epoch: "a", after: 12 } }]);
  sockets[1]?.say(welcome("a", 12, true));
  expect(heard).toEqual({ told: ["configuration"], missed: 1, doubts: 0 });
  expect(connection.now()).toEqual({ connected: true, restarts: 0 });
});

test("another epoch is a restart, after which everything is read again", async () => {
  const { connection, sockets, heard } = listening();
  sockets[0]?.say(welcome("a", 10));
  sockets[0]?.onclose({ code: 1012 });
  await vi.advanceTimersByTimeAsync(2000);
  sockets[1]?.say(welcome("b", 1));
  expect(connection.now()).toEqual({ connected: true, restarts: 1 });
  expect(heard.missed).toBe(2);
});

test("silence is a lost connection", async () => {
  const { sockets } = listening();
  sockets[0]?.say(welcome("a", 10));
  await vi.advanceTimersByTimeAsync(9000);
  sockets[0]?.say({ type: "alive", time: "1" });
  await vi.advanceTimersByTimeAsync(9000);
  expect(sockets).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(2000);
  expect(sockets).toHaveLength(2);
  expect(sockets[0]?.closed).toBe(true);
});

test("who is not logged in any more is asked to", () => {
  const { sockets, heard } = listening();
  sockets[0]?.say(welcome("a", 10));
  sockets[0]?.onclose({ code: 4401 });
  expect(heard.doubts).toBe(1);
});
