// The state of a run at one of its steps: the fold of threadlab/events.py, and its words for what a thread does.

/** The state before anything has happened. */
const start = () => ({
  time: 0,
  thread: null,
  started: 1,
  lines: {},
  awaits: {},
  ready: [],
  holders: {},
  values: Object.create(null),
  ended: [],
  output: "",
});

/** Goes one event on. */
function apply(state, { thread, operation, object, name, line, time, changed, value = "", within = "", ready }) {
  state.time = time;
  if (ready) state.ready = ready;
  state.thread = thread;
  state.lines[thread] = line;
  delete state.awaits[thread];
  const held = (state.holders[object]?.thread ?? thread) !== thread;
  if (operation === "await") state.awaits[thread] = { name, object, until: value, held, within };
  else if (operation === "acquire") state.holders[object] = { name, thread };
  else if (operation === "release") delete state.holders[object];
  else if (operation === "start") state.started += 1;
  else if (operation === "exit") state.ended.push(thread);
  else if (/^(load|read)$/.test(operation) && value && !name.endsWith("]")) state.values[name] = value;
  for (const [what, now] of changed) {
    if (operation === "print") state.output += now;
    else state.values[what] = now;
  }
}

/** The state after the first `steps` events of a recording. */
export function stateAt({ events }, steps) {
  const state = start();
  for (const event of events.slice(0, steps)) apply(state, event);
  return state;
}

/** What a thread does, in a few words; `recording` knows the threads' names, `short` are those to show. */
export function doing(state, thread, { threads }, short) {
  if (thread >= state.started) return "not started";
  if (state.ended.includes(thread)) return "has ended";
  const awaited = state.awaits[thread];
  if (awaited) return waiting(state, thread, awaited, threads, short);
  if (!(thread in state.lines)) return thread === 0 ? "before its first step" : "ready, has not begun";
  return thread === state.thread ? "runs" : "ready";
}

/** Whether what is waited for is the very object whose method has been called, or is inside that. */
function waitsIn(name, within) {
  const type = name.replace(/ of line \d+/, "");
  return within !== "" && (type === within || type === within.slice(0, Math.max(within.lastIndexOf("."), 0)));
}

function waiting(state, thread, { name, object, until, held, within }, threads, short) {
  const end = until ? ` until ${until} s` : "";
  const isReady = state.ready.includes(thread);
  const few = { "the clock": `sleeps${end}`, "the event loop": `waits in its event loop${end}`, exit: "waits for the other threads", "a change": "loops until something changes", "its time": `waits${end}` };
  if (few[name] && !object && !isReady) return few[name];
  const joined = name.startsWith("the end of ") ? threads.indexOf(name.slice(11)) : -1;
  if (state.ended.includes(joined)) return `ready: ${short[joined]} has ended`;
  const what = joined >= 0 ? `the end of ${short[joined]}` : name;
  const holder = state.holders[object]?.thread;
  if (isReady && name.startsWith("a notify of ")) return "ready: notified";
  if (isReady) return held && holder === undefined ? `ready: ${what} is free` : "ready: can go on";
  if (waitsIn(name, within) && holder === undefined) return `waits in ${within}${end && `, at most${end}`}`;
  const by = holder === undefined ? "" : holder === thread ? ", held by itself" : `, held by ${short[holder]}`;
  return `waits for ${what}${by}${end && `, at most${end}`}`;
}
