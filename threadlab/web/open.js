// An address that names a program: which lab of the page shows it.

import { AddressError, decode } from "./address.js";
import { element } from "./parts.js";

/**
 * Shows the program of `hash` in the lab that it is meant for: the one with that program; else the workbench, which takes
 * any program; else the first one says where there is a workbench. Runs nothing.
 */
export async function openAddress(hash, labs) {
  const [first] = labs;
  if (!first) return;
  try {
    const state = await decode(hash);
    const named = labs.filter(({ published }) => published.name === state.name);
    const same = named.find(({ published }) => published.hash === state.hash);
    const lab = same ?? named[0] ?? labs.find((each) => each.querySelector(".lab-programs"));
    if (lab) await (await lab.controls.live()).open(state);
    else await elsewhere(first, state.name, hash);
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    await (await first.controls.live()).complain(error.message);
    first.scrollIntoView();
  }
}

async function elsewhere(lab, name, hash) {
  const link = element("a", { href: `${lab.dataset.base}lab/${hash}` }, "Open it in the Thread Lab.");
  (await lab.controls.live()).say(`The address names ${name}, which is not on this page. `, link);
  lab.scrollIntoView();
}
