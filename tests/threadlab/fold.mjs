// node fold.mjs RECORDING.js FILE: compares the fold in JavaScript with the states in FILE, and prints what differs.
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { pathToFileURL } from "node:url";

const [module, file] = process.argv.slice(2);
const { doing, stateAt } = await import(pathToFileURL(module));
let compared = 0;
for (const { name, recording, short, states } of JSON.parse(readFileSync(file, "utf8"))) {
  for (const [step, expected, words] of states) {
    const state = stateAt(recording, step);
    const said = recording.threads.map((_, index) => doing(state, index, recording, short));
    const found = JSON.parse(JSON.stringify({ ...state, ended: state.ended.sort((a, b) => a - b) })); // a set in Python
    compared += 1;
    if (isDeepStrictEqual(found, expected) && isDeepStrictEqual(said, words)) continue;
    console.log(JSON.stringify({ name, step, found, expected, said, words }));
    process.exit(1);
  }
}
console.log(compared);
