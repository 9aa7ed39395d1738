// The address of a program and a run of it: what follows `#lab=`.
//
// `<name>~<hash>~<schedule>` for a program as the site publishes it, `z<base64url(deflate-raw(JSON))>` for an edited
// one. A schedule says all: who ran when, and the seed. Addresses come from anywhere, so nothing in one is trusted: names
// and schedules have to look like names and schedules, because they end up in commands.

import { isSchedule } from "./checked.js";

const PREFIX = "#lab=";
const NAME = /^(?:\w[\w-]*\/)*\w[\w.-]*\.py$/;
const HASH = /^[0-9a-f]{16}$/;
/** The most characters of a whole address, and of a program that comes out of one. */
export const LONGEST = 2000;
const LONGEST_PROGRAM = 100_000;

/** Why there is no address, or why an address cannot be read; its message is for the reader. */
export class AddressError extends Error {}

/** Whether this `location.hash` is meant for a lab. */
export const isForLab = (hash) => hash.startsWith(PREFIX);

/** `page` (an address without its #) with a state: {name, hash, schedule}, or {name, program, schedule} if edited. */
export async function encode(page, { name, hash, program, schedule }) {
  const state =
    program === undefined ? `${name}~${hash}~${schedule}` : `z${await pack(JSON.stringify({ name, program, schedule }))}`;
  const address = page + PREFIX + state;
  if (address.length > LONGEST) {
    const what = program === undefined ? "schedule" : "program and schedule";
    const [length, most] = [address.length, LONGEST].map((number) => number.toLocaleString("en"));
    throw new AddressError(`This ${what} would make an address of ${length} characters; at most ${most} are safe to pass on.`);
  }
  return address;
}

/** What `encode` was given, from a `location.hash`. Throws AddressError. */
export async function decode(hash) {
  let text;
  try {
    text = decodeURIComponent(hash.slice(PREFIX.length));
  } catch {
    throw new AddressError("This address is damaged: it is not percent-encoded as addresses are.");
  }
  const state = text.startsWith("z") && !text.includes("~") ? await unpacked(text.slice(1)) : published(text);
  if (!NAME.test(state.name)) throw new AddressError("This address is damaged: it does not name a Python file.");
  if (!isSchedule(state.schedule)) throw new AddressError("This address is damaged: it has no schedule such as 0.12t2-4t0.");
  return state;
}

function published(text) {
  const [name, hash, schedule, ...more] = text.split("~");
  if (more.length || !HASH.test(hash ?? "")) {
    throw new AddressError("This address is damaged: after #lab= it should read name~hash~schedule.");
  }
  return { name, hash, schedule };
}

async function unpacked(text) {
  let state;
  try {
    state = JSON.parse(await unpack(text));
  } catch {
    throw new AddressError("This address is damaged: the program in it cannot be unpacked. Was it copied whole?");
  }
  const { name, program, schedule } = state ?? {};
  if (![name, program, schedule].every((each) => typeof each === "string")) {
    throw new AddressError("This address is damaged: it lacks the program, its name or its schedule.");
  }
  return { name, program, schedule };
}

async function pack(text) {
  const bytes = await through(new CompressionStream("deflate-raw"), new TextEncoder().encode(text), Infinity);
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function unpack(text) {
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
  const plain = await through(new DecompressionStream("deflate-raw"), bytes, LONGEST_PROGRAM);
  return new TextDecoder("utf-8", { fatal: true }).decode(plain);
}

/** `bytes` through a stream; throws where more than `most` come out, since a few bytes can unpack to very many. */
async function through(stream, bytes, most) {
  const writer = stream.writable.getWriter();
  const written = writer.write(bytes).then(() => writer.close());
  written.catch(() => {}); // the reader will throw the same
  const parts = [];
  let length = 0;
  for (const reader = stream.readable.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > most) {
      await reader.cancel();
      throw new RangeError("too long");
    }
    parts.push(value);
  }
  await written;
  const whole = new Uint8Array(length);
  parts.reduce((offset, part) => (whole.set(part, offset), offset + part.length), 0);
  return whole;
}
