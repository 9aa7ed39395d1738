// What is explored of an exercise, and what passes: the same as authoring/exercises.py.

const BETWEEN = "\n\n\n";

const withoutEnd = (program) => program.replace(/\n+$/, "");

/** The program that is explored for one case. The reader's lines keep their numbers. */
export const compose = (program, check, line, nonce) =>
  [withoutEnd(program), check, `${line}\nprint("${nonce}")\n`].join(BETWEEN);

/** The line, counted from 1, at which the check begins in what `compose` gives. */
export const firstLineOfCheck = (program) => withoutEnd(program).split("\n").length + BETWEEN.length;

/** The line of the case in what `compose` gives. */
export const lineOfCase = (program, check) => firstLineOfCheck(`${withoutEnd(program)}${BETWEEN}${check}`);

/** Whether an outcome is one in which the check came to its end. */
export const isRight = ({ ending, output }, nonce) =>
  ending === "finished" && output.replace(/\n$/, "").split("\n").at(-1) === nonce;

/** Whether an exploration shows that a case holds: there is nothing else that could have been found. */
export const passes = ({ exhaustive, outcomes }, nonce) =>
  exhaustive && outcomes.length > 0 && outcomes.every((each) => isRight(each, nonce));

/** Whether a run was ended because it had become too long: what it would have come to is not known. */
export const isCutOff = ({ ending }) => /^step limit: more than/.test(ending);

/**
 * The outcome that is not right and needs the fewest preemptions, then the shortest schedule; null if there is none.
 * One that was cut off comes after all that have ended.
 */
export const shortestWrong = (outcomes, nonce) =>
  outcomes
    .filter((each) => !isRight(each, nonce))
    .sort((one, other) => isCutOff(one) - isCutOff(other) || byLength(one, other))[0] ?? null;

// Random schedules, which have no number of preemptions (-1), come last.
const byLength = (one, other) => rank(one) - rank(other) || one.schedule.length - other.schedule.length;
const rank = ({ preemptions }) => (preemptions < 0 ? Infinity : preemptions);

/** Why an exploration that has found nothing wrong is no verdict, and what the reader can do: in two lines. */
export function notJudged({ why_not: why, schedules = 0 }) {
  const loop = /^a loop( at line \d+)? was made to let other threads run/.exec(why);
  const unknown = "The program may be right, and it may be wrong.";
  if (loop) return `the loop${loop[1] ?? ""} tries again and again, and nobody knows how often.\n${unknown} ${WAIT}`;
  if (/^stopped at the limit of/.test(why)) {
    const many = `it has more schedules than the lab can explore; ${schedules.toLocaleString("en")} executions did not fail`;
    return `${many}.\n${unknown} A loop that tries again and again makes so many. ${WAIT}`;
  }
  return `${why}.\n${unknown} Write it in another way.`;
}

export const WAIT = "Let the thread wait for a lock, a condition or an event instead.";
