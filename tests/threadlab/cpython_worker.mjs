// The browser's worker: is told { pyodide, archive, modules }, says what cpython.py says, then "over" or what went wrong.
import { runTests } from "./cpython.mjs";

self.onmessage = async ({ data: { pyodide, archive, modules } }) => {
  try {
    const { loadPyodide } = await import(`${pyodide}pyodide.mjs`);
    const bytes = await (await fetch(archive)).arrayBuffer();
    await runTests(loadPyodide, bytes, modules, (...what) => self.postMessage(what));
    self.postMessage("over");
  } catch (error) {
    self.postMessage(`${error}`);
  }
};
