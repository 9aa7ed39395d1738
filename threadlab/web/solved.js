// Which exercises are solved. Kept in this browser only.

const KEY = "thread-lab-solved";

/** The topics of the exercises that are solved; none where the browser keeps nothing for us. */
export function solved() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY));
    return new Set(Array.isArray(kept) ? kept : []);
  } catch {
    return new Set();
  }
}

export function remember(topic) {
  try {
    localStorage.setItem(KEY, JSON.stringify([...solved().add(topic)]));
  } catch {
    // The reader has forbidden it, or there is no room: the exercise has passed all the same.
  }
}

export function forget() {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // Then nothing is there.
  }
}
