/**
 * What threadlab/switching.py needs of JavaScript, as `js.threadlab` there: gates, and stacks of their own.
 *
 * A gate is a number. It is closed at first; one waits at it, another opens it.
 */

const OPEN = true;
/** Gate to OPEN, or to the function that lets the one who waits go on. Closed gates are not in it. */
const gates = new Map();

export const switching = {
  open(gate) {
    const go = gates.get(gate);
    if (go === undefined) {
      gates.set(gate, OPEN);
    } else {
      gates.delete(gate);
      go();
    }
  },

  /** A promise, fulfilled when the gate is opened; undefined if it was open. */
  wait(gate) {
    if (gates.delete(gate)) return undefined;
    return new Promise((resolve) => gates.set(gate, resolve));
  },

  /** Calls a Python function on a stack of its own, which may be suspended. */
  spawn(python) {
    python
      .callPromising()
      .catch((error) => switching.failed(error))
      .finally(() => python.destroy());
  },

  /** Called with what ended a stack, which only a broken interpreter does. */
  failed(error) {
    throw error;
  },
};
