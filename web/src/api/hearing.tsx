/** What happens is told to all pages over one connection. */
import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from "react";

import { ME } from "./access";
import { EventConnection, type Hearing } from "./events";
import { Answers } from "./told";

const HearingContext = createContext<Hearing>({ connected: false, restarts: 0 });

function openSocket(): WebSocket {
  return new WebSocket(`${window.location.origin.replace(/^http/, "ws")}/api/v1/events`);
}

/** For pages of somebody who is logged in. */
export function HearsWhatHappens({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const [connection] = useState(() => {
    const answers = new Answers(queries);
    return new EventConnection({
      open: openSocket,
      tell: answers.tell,
      missed: answers.missed,
      doubtLogin: () => void queries.invalidateQueries({ queryKey: ME }),
    });
  });
  useEffect(() => {
    connection.start();
    return () => {
      connection.stop();
    };
  }, [connection]);
  const hearing = useSyncExternalStore(connection.follow, connection.now);
  return <HearingContext value={hearing}>{children}</HearingContext>;
}

/** Whether pages are told what happens, so that they need not ask. */
export function useHearing(): Hearing {
  return useContext(HearingContext);
}
