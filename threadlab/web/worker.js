/**
 * The disposable worker in which one program runs, under Pyodide. It has no network, no storage and no page: it is
 * handed its bytes by frame.html, whose policy it inherits, and answers one request through a port.
 */

/** Bytes of memory that an interpreter may have: more than a program of the lab needs, less than a tab may take. */
const MOST_MEMORY = 512 * 2 ** 20;
/** An address at which nothing can be fetched: what Pyodide asks for there is handed to it. */
const HANDED = "handed:/";
const ARCHIVE = "/threadlab.pyz";

// A classic worker, as Chromium starts no module worker from a blob: of an origin like the frame's; Pyodide takes one
// without this for a module worker.
self.importScripts = undefined;

const messages = [];
let expecting = null;
let port = null;
let main = null;

// What breaks the interpreter surfaces wherever it runs on. An exception that a program has let go is its own affair.
const watch = (error) => {
  if (error instanceof WebAssembly.RuntimeError || error?.pyodide_fatal_error) lost(error);
  return port !== null;
};
self.onerror = (message, file, line, column, error) => watch(error);
self.onunhandledrejection = ({ reason }) => watch(reason);

self.onmessage = async ({ data }) => {
  if (data.boot) {
    await boot(data.boot);
  } else {
    serve(data.port);
  }
};

async function boot({ urls, files, module, lock, seed, snapshot, makeSnapshot }) {
  try {
    const { switching } = await import(urls["switching.js"]);
    switching.failed = lost;
    self.threadlab = { ...switching, send, receive };
    limitMemory();
    const python = await load({ urls, files, module, lock, seed, snapshot, makeSnapshot });
    python.FS.writeFile(ARCHIVE, files["threadlab.pyz"]);
    if (!snapshot) {
      python.runPython(`import sys; sys.path.insert(0, "${ARCHIVE}"); import threadlab.worker`);
    }
    if (makeSnapshot) sendSnapshot(python);
    main = python.pyimport("threadlab.worker").main;
    self.postMessage({ ready: true });
  } catch (error) {
    self.postMessage({ failed: String(error) });
  }
}

/** Pyodide, from the bytes that were handed over instead of from the network. */
async function load({ urls, files, module, lock, seed, snapshot, makeSnapshot }) {
  const [{ loadPyodide }, { default: createPyodideModule }] = await Promise.all([
    import(urls["pyodide.mjs"]),
    import(urls["pyodide.asm.mjs"]),
  ]);
  const { fetch } = self;
  const { instantiateStreaming } = WebAssembly;
  self.fetch = async (address) => new Response(files[String(address).replace(HANDED, "")]);
  WebAssembly.instantiateStreaming = async (_, imports) => ({
    module,
    instance: await WebAssembly.instantiate(module, imports),
  });
  try {
    return await loadPyodide({
      createPyodideModule,
      indexURL: HANDED,
      packageBaseUrl: HANDED,
      lockFileContents: lock,
      env: { PYTHONHASHSEED: String(seed), HOME: "/" },
      stdout: () => {},
      stderr: () => {},
      // Undocumented: tests/test_lab_runtime.py says whether they still do what they did.
      _makeSnapshot: makeSnapshot,
      _loadSnapshot: snapshot,
    });
  } finally {
    self.fetch = fetch;
    WebAssembly.instantiateStreaming = instantiateStreaming;
  }
}

function sendSnapshot(python) {
  try {
    const { buffer } = python.makeMemorySnapshot();
    self.postMessage({ snapshot: buffer }, [buffer]);
  } catch (error) {
    self.postMessage({ noSnapshot: String(error) });
  }
}

/** Beyond this the program gets a MemoryError, as where memory ends. */
function limitMemory() {
  const { grow } = WebAssembly.Memory.prototype;
  WebAssembly.Memory.prototype.grow = function (pages) {
    if (this.buffer.byteLength + pages * 65536 > MOST_MEMORY) throw new RangeError("no more memory");
    return grow.call(this, pages);
  };
}

/** Answers the request that comes first through the port. */
async function serve(given) {
  port = given;
  port.onmessage = ({ data }) => {
    if (expecting) {
      expecting(data);
      expecting = null;
    } else {
      messages.push(data);
    }
  };
  try {
    await main.callPromising();
  } catch (error) {
    lost(error);
  }
}

function send(text) {
  port.postMessage(text);
}

function receive() {
  if (messages.length) return Promise.resolve(messages.shift());
  return new Promise((resolve) => (expecting = resolve));
}

/** Says that this interpreter cannot go on. */
function lost(error) {
  const lines = String(error).split("\n");
  // An exception of Python's says what it is after its traceback, and before its notes.
  const said = lines[0].includes("Traceback") && lines.findLast((line) => /^[\w.]+(:|$)/.test(line));
  port?.postMessage({ lost: said || lines[0] });
}
