// The events of a subscription as one list, oldest first: what the response editor shows instead of the last event only.
import type { ExecutionResult } from "graphql";
import type { Observer } from "./subscriptions";

const MAX_EVENTS = 200;
/** Events that arrive together are shown together: each update writes the whole list. */
const SHOW_DELAY = 30;

interface EventList {
  /** How many earlier events are not in the list any more. */
  readonly omitted?: number;
  readonly events: readonly unknown[];
}

export interface EventObserver extends Observer {
  /** Shows nothing more. */
  stop(): void;
}

/** An observer of single events that shows lists of them to GraphiQL's observer. */
export function collectEvents(observer: Observer): EventObserver {
  const events: unknown[] = [];
  let count = 0;
  let timer: ReturnType<typeof setTimeout> | null = null;

  function stop(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  }
  function show(): void {
    stop();
    const omitted = count - events.length;
    const list: EventList = omitted > 0 ? { omitted, events } : { events };
    observer.next(list as ExecutionResult);
  }
  return {
    next(event) {
      count += 1;
      events.push({ event: count, time: formatTime(new Date()), ...event });
      if (events.length > MAX_EVENTS) events.shift();
      timer ??= setTimeout(show, SHOW_DELAY);
    },
    error(reason) {
      // What came before stays visible, the reason after it.
      if (events.length === 0) return observer.error(reason);
      events.push({ time: formatTime(new Date()), error: reason });
      show();
      observer.complete();
    },
    complete() {
      if (timer !== null) show();
      observer.complete();
    },
    stop,
  };
}

/** The time of day with milliseconds, by the clock of the browser. */
function formatTime(time: Date): string {
  const [hours, minutes, seconds] = [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) =>
    String(part).padStart(2, "0"),
  );
  return `${hours}:${minutes}:${seconds}.${String(time.getMilliseconds()).padStart(3, "0")}`;
}
