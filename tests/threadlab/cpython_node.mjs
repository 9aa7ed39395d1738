// node --experimental-wasm-jspi cpython_node.mjs PYODIDE ARCHIVE MODULE…: prints what cpython.py prints.
import { readFileSync, writeSync } from "node:fs";

import { runTests } from "./cpython.mjs";

const [pyodide, archive, ...modules] = process.argv.slice(2);
const { loadPyodide } = await import(`${pyodide}/pyodide.mjs`);
const say = (...what) => writeSync(1, `${JSON.stringify(what)}\n`);
await runTests(options => loadPyodide({ ...options, stdout: console.error }), new Uint8Array(readFileSync(archive)), modules, say);
process.exit(0);
