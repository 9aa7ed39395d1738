// What comes from where a program runs: the program may have made it up. Only what has the engine's shape goes on.

import { checkedPicture } from "./picture.js";

const SCHEDULE = /^\d{1,10}\.(?:\d{1,9}t\d{1,9}(?:-\d{1,9}t\d{1,9})*)?$/;
/** Whether a value is a schedule's text. */
export const isSchedule = (value) => typeof value === "string" && SCHEDULE.test(value);

const string = (value) => typeof value === "string";
const boolean = (value) => typeof value === "boolean";
const number = (value) => Number.isFinite(value);
const whole = (value) => Number.isInteger(value);
const list = (is) => (value) => Array.isArray(value) && value.every(is);
const row = (...are) => (value) => list(() => true)(value) && value.length === are.length && are.every((is, at) => is(value[at]));
const perhaps = (is) => (value) => value === undefined || is(value);
const record = (parts) => (value) =>
  value !== null && typeof value === "object" && Object.entries(parts).every(([name, is]) => is(value[name]));

const outcome = record({ kind: string, ending: string });
const event = record({
  thread: whole,
  operation: string,
  object: whole,
  name: string,
  line: whole,
  time: number,
  changed: list(row(string, string)),
  value: perhaps(string),
  within: perhaps(string),
  ready: perhaps(list(whole)),
});
const presented = record({
  recording: record({
    program: record({ filename: string, source: string }),
    schedule: isSchedule,
    threads: list(string),
    outcome,
    label: perhaps(string),
    output: string,
    events: list(event),
  }),
  picture: string,
  legend: list(row(string, string)),
  sentences: list(string),
  title: string,
  threads: list(row(string, string)),
  values: list(row(string, string, string)),
  locks: list(row(whole, string)),
});
const found = record({
  ending: string,
  output: string,
  count: whole,
  schedule: isSchedule,
  preemptions: whole,
  label: perhaps(string),
});

const SHAPES = {
  output: row((stream) => stream === "stdout" || stream === "stderr", string),
  choose: record({
    step: whole,
    enabled: list(whole),
    lines: perhaps(list(whole)),
    next: perhaps(list(string)),
    presented: perhaps(presented),
  }),
  found,
  progress: record({ schedules: whole, level: whole, random: boolean }),
  error: record({ error: string, text: string }),
  run: record({ outcome, label: perhaps(string), output: string, schedule: isSchedule, presented: perhaps(presented) }),
  outcomes: record({
    exhaustive: boolean,
    why_not: string,
    schedules: whole,
    pruned: whole,
    cut: boolean,
    outcomes: list(found),
  }),
};

/** `value`, which has the shape `name`. Throws for one that has not, or whose picture a page must not show. */
export function checked(name, value) {
  if (!SHAPES[name](value)) throw new Error(`the program's place has sent what is no ${name}`);
  if (value.presented) value.presented.picture = checkedPicture(value.presented.picture);
  return value;
}
