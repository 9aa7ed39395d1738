// What a reader takes away: text on the clipboard, a program as a file.

import { element } from "./parts.js";

/** Copies `text`. False where the browser does not let us; then it has to be shown. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // no permission, or a page that is not served securely
  }
}

/** Saves `text` under the name `filename`. */
export function download(text, filename) {
  const link = element("a", { href: URL.createObjectURL(new Blob([text], { type: "text/x-python" })), download: filename });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** What replays a run in a terminal, in a folder with threadlab.pyz and the program. */
export const command = (filename, schedule) => `python threadlab.pyz run ${filename} --schedule ${schedule}`;
