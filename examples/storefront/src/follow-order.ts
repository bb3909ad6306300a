// An order followed live: every change once, in its order, also over a connection that breaks.
import { useEffect, useState } from "react";
import { type ChangeFragment, FollowOrderDocument } from "./graphql/graphql";
import { useGraph } from "./graph";

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 8000;

export type Connection = "live" | "reconnecting" | "ended";

/** Nothing comes after it; a confirmed order can still be cancelled. */
const isFinal = ({ status }: ChangeFragment): boolean => status === "CANCELLED";

/** What is known and what comes; the stream is opened again behind the last change that came. */
export function useOrderChanges(id: string, known: readonly ChangeFragment[]): [readonly ChangeFragment[], Connection] {
  const graph = useGraph();
  const [live, setLive] = useState<readonly ChangeFragment[]>([]);
  const [connection, setConnection] = useState<Connection>("live");

  useEffect(() => {
    let last = known.at(-1);
    let pause = FIRST_PAUSE;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stop = () => {};

    const end = () => setConnection("ended");
    const resume = () => {
      stop();
      setConnection("reconnecting");
      timer = setTimeout(open, pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    };
    function open() {
      const { unsubscribe } = graph
        .subscription(FollowOrderDocument, { id, after: last?.position ?? 0 })
        .subscribe(({ data, hasNext }) => {
          const change = data?.orderStatusChanged;
          if (change && change.position > (last?.position ?? 0)) {
            last = change;
            pause = FIRST_PAUSE;
            setConnection("live");
            setLive((before) => [...before, change]);
          }
          if (last && isFinal(last)) end();
          else if (!hasNext) resume();
        });
      stop = unsubscribe;
    }
    if (last && isFinal(last)) end();
    else open();
    const onOnline = () => {
      clearTimeout(timer);
      if (!(last && isFinal(last))) {
        stop();
        open();
      }
    };
    window.addEventListener("online", onOnline);
    return () => {
      clearTimeout(timer);
      stop();
      window.removeEventListener("online", onOnline);
    };
    // What is known at first is where it begins; later it is behind what came.
  }, [graph, id]);
  const lastKnown = known.at(-1)?.position ?? 0;
  return [[...known, ...live.filter(({ position }) => position > lastKnown)], connection];
}
