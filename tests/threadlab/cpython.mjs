// CPython's own tests in a fresh Pyodide: the same in Node and in a browser's worker.

/** Has cpython.py run the tests of `modules`; `say(id, status, text)` hears of each one. `archive` is cpython_archive.py's. */
export async function runTests(loadPyodide, archive, modules, say) {
  const python = await loadPyodide({ env: { PYTHONHASHSEED: "0", HOME: "/" } });
  python.unpackArchive(archive, "zip", { extractDir: "/host" });
  const run = python.runPython(`
    import sys
    sys.path[:0] = ["/host", "/host/tests/threadlab"]
    sys.path.append("/host/lib")
    from cpython import run
    run
  `);
  await run.callPromising(python.toPy(modules), say);
}
