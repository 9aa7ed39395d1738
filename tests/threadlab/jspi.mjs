// Runs fingerprints.py or deadlocks.py in stock Pyodide: node --experimental-wasm-jspi jspi.mjs PYODIDE ROOT MODULE PROGRAMS.json
import { readFileSync } from "node:fs";

const [pyodide, root, module, programs] = process.argv.slice(2);
const { loadPyodide } = await import(`${pyodide}/pyodide.mjs`);
const { switching } = await import(`${root}/threadlab/web/switching.js`);
globalThis.threadlab = switching;
const python = await loadPyodide({ env: { PYTHONHASHSEED: "0", HOME: "/" } });
python.FS.mkdirTree("/lab");
python.mountNodeFS("/lab", root);
python.globals.set("programs", readFileSync(programs, "utf8"));
const found = await python.runPythonAsync(`
import json, sys
sys.path[:0] = ["/lab", "/lab/tests/threadlab"]
from ${module} import ${module}
${module}(json.loads(programs))
`);
process.stdout.write(`${found}\n`, () => process.exit(0)); // not before a pipe has taken all of it
