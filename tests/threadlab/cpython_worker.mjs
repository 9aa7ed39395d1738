// CPython's own tests in a fresh Pyodide in a browser's worker: it is told { pyodide, archive, modules }, says what cpython.py
// says of each test, then "over" or what went wrong. `archive` is cpython_archive.py's.
import { switching } from "./switching.mjs";

self.threadlab = switching;

async function runTests(pyodide, archive, modules) {
  const { loadPyodide } = await import(`${pyodide}pyodide.mjs`);
  const python = await loadPyodide({ env: { PYTHONHASHSEED: "0", HOME: "/" } });
  python.unpackArchive(await (await fetch(archive)).arrayBuffer(), "zip", { extractDir: "/host" });
  const run = python.runPython(`
    import sys
    sys.path[:0] = ["/host", "/host/tests/threadlab"]
    sys.path.append("/host/lib")
    from cpython import run
    run
  `);
  await run.callPromising(python.toPy(modules), (...what) => self.postMessage(what));
}

self.onmessage = async ({ data: { pyodide, archive, modules } }) => {
  try {
    await runTests(pyodide, archive, modules);
    self.postMessage("over");
  } catch (error) {
    self.postMessage(`${error}`);
  }
};
