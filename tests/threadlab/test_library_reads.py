"""What the standard library reads of what a program gives it, or can change, is read where the library reads it."""

import builtins
import gc
import sys

import pytest
from lab_fixtures import preemptions_of

HEAD = "import asyncio, builtins, contextvars, queue, sys, threading\nfrom threading import Thread, Timer\n"
R = "class R(Thread):\n    def run(self): print('run')\n"
CONTEXT = "v = contextvars.ContextVar('v')\nv.set(0)\nctx = contextvars.copy_context()\n"

PROGRAMS = {
    "the keywords of a thread": (
        "kw = {}\nfor i in (0, 1):\n    kw['i'] = i\n    Thread(target=lambda i: print(i), kwargs=kw).start()",
        {"0\n1\n", "1\n0\n", "1\n1\n"}),
    "keywords that come later": (
        "kw = {}\nThread(target=lambda i=0: print(i), kwargs=kw).start()\nkw['i'] = 1", {"0\n", "1\n"}),
    "the arguments of a thread": (
        "args = [0]\nThread(target=lambda i: print(i), args=args).start()\nargs[0] = 5", {"0\n", "5\n"}),
    "the arguments of a thread of _thread": (
        "import _thread, time\nkw = {'i': 0}\n_thread.start_new_thread(lambda i: print(i), (), kw)\n"
        "kw['i'] = 5\ntime.sleep(1)", {"", "0\n", "5\n"}),
    "run of a class": (R + "R().start()\nR.run = lambda self: print('other')", {"run\n", "other\n"}),
    "run of a thread": (
        "t = Thread(target=lambda: print('run'))\nt.start()\nt.run = lambda: print('other')", {"run\n", "other\n"}),
    "run that a thread stores itself": (
        "class R(Thread):\n    def start(self):\n        super().start()\n        self.run = lambda: print('other')\n"
        "    def run(self): print('run')\nR().start()", {"run\n", "other\n"}),
    "what a timer calls": (
        "t = Timer(1, print, ['t'])\nt.start()\nt.function = lambda _: print('other')", {"t\n", "other\n"}),
    "the arguments of a timer": ("t = Timer(1, print, ['t'])\nt.start()\nt.args = ['u']", {"t\n", "u\n"}),
    "what holds the arguments of a timer": (
        "args = ['t']\nTimer(1, print, args).start()\nargs[0] = 'u'", {"t\n", "u\n"}),
    "a context": (CONTEXT + "Thread(target=lambda: ctx.run(v.set, 5)).start()\nprint(ctx.get(v))", {"0\n", "5\n"}),
    "a value of a context": (
        CONTEXT + "Thread(target=lambda: ctx.run(v.set, 5)).start()\nprint(ctx[v], v in ctx)",
        {"0 True\n", "5 True\n"}),
    "which values a context has": (
        CONTEXT + "w = contextvars.ContextVar('w')\nThread(target=lambda: ctx.run(w.set, 5)).start()\n"
        "print(len(ctx), len([*ctx]))",
        {"1 1\n", "1 2\n", "2 2\n"}),
    "a context that is copied": (
        CONTEXT + "Thread(target=lambda: ctx.run(v.set, 5)).start()\nprint(ctx.copy()[v])", {"0\n", "5\n"}),
    "a context within": (
        CONTEXT + "def w():\n    v.set(1)\n    v.set(2)\nThread(target=ctx.run, args=(w,)).start()\nprint(ctx[v])",
        {"0\n", "1\n", "2\n"}),
    "a context that is reset": (
        CONTEXT + "def w(): v.reset(v.set(1))\nThread(target=ctx.run, args=(w,)).start()\nprint(ctx[v])",
        {"0\n", "1\n"}),
    "who is in a context": (
        CONTEXT + "def go():\n    try: ctx.run(print, 'in')\n    except RuntimeError: print('refused')\n"
        "Thread(target=go).start()\ndef outer(): v.set(1)\nctx.run(outer)",
        {"in\n", "refused\n"}),
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_the_library_reads_is_seen(name: str, explore) -> None:
    source, expected = PROGRAMS[name]
    search = explore(HEAD + source)
    assert search.exhaustive
    assert {output for _, output in search.outcomes} == expected


LOOP = """
async def main():
    loop, found = asyncio.get_running_loop(), []
    t = Thread(target=lambda: {thread})
    t.start()
    {body}
    t.join()
{after}
"""
LOOPS = {
    "a callback of a thread": (
        "[loop.call_soon_threadsafe(found.append, i) for i in (1, 2)]", "await asyncio.sleep(0); print(found)", "",
        {"[]\n", "[1]\n", "[1, 2]\n"}),
    "a callback of a thread, and one of the loop": (
        "loop.call_soon_threadsafe(found.append, 1)",
        "loop.call_soon(found.append, 2)\n    while len(found) < 2: await asyncio.sleep(1)\n    print(found)", "",
        {"[1, 2]\n", "[2, 1]\n"}),
    "a callback of a thread, and a future of the loop": (
        "loop.call_soon_threadsafe(found.append, 1)",
        "f = loop.create_future(); f.add_done_callback(lambda _: found.append(2)); f.set_result(0)\n"
        "    while len(found) < 2: await asyncio.sleep(1)\n    print(found)", "",
        {"[1, 2]\n", "[2, 1]\n"}),
}  # fmt: skip


@pytest.fixture
def quietly_gone():
    """What the executions that are cut short leave is never awaited."""
    yield
    gc.collect()


QUIETLY = pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning")


@QUIETLY
@pytest.mark.usefixtures("quietly_gone")
@pytest.mark.parametrize("name", LOOPS)
def test_when_a_callback_of_a_thread_comes_is_seen(name: str, explore) -> None:
    thread, body, after, expected = LOOPS[name]
    source = LOOP.format(thread=thread, body=body, after=after or "asyncio.run(main())")
    search = explore(HEAD + source)
    assert search.exhaustive
    assert {output for _, output in search.outcomes} == expected


@QUIETLY
@pytest.mark.usefixtures("quietly_gone")
def test_that_a_loop_is_closed_is_seen(explore) -> None:
    search = explore(
        HEAD + "loop = asyncio.new_event_loop()\n"
        "t = Thread(target=lambda: loop.call_soon_threadsafe(print))\nt.start()\nloop.close()\n"
    )
    assert search.exhaustive
    assert {ending.partition(",")[0] for ending, _ in search.outcomes} == {
        "finished", "exception: RuntimeError: Event loop is closed"
    }  # fmt: skip


HOOK = "def hook(*_): print('hook')\ndef w(): raise ValueError\n"
HOOKS = {
    "of threads": "t = Thread(target=w)\nt.start()\nthreading.excepthook = hook\nt.join()",
    "of threads, after a step": (
        "def w():\n    print('w')\n    raise ValueError\nt = Thread(target=w)\nt.start()\nt.join(1)\n"
        "threading.excepthook = hook\nt.join()"
    ),
    "of the main thread": "def change(): sys.excepthook = hook\nThread(target=change).start()\nw()",
}


@pytest.mark.parametrize("name", HOOKS)
def test_which_hook_gets_an_exception_is_seen(name: str, explore) -> None:
    search = explore(HEAD + HOOK + HOOKS[name])
    assert {"hook" in output for _, output in search.outcomes} == {False, True}


def test_what_a_queue_reads_of_itself_is_seen(explore) -> None:
    source = "q = queue.Queue(1)\ndef w():\n    try:\n        q.put_nowait(1)\n        q.put_nowait(2)\n"
    source += "        print('both')\n    except queue.Full: print('full')\nThread(target=w).start()\nq.maxsize = 5\n"
    search = explore(HEAD + source)
    assert search.exhaustive
    assert {output for _, output in search.outcomes} == {"both\n", "full\n"}


FLAG = "def w(): builtins.flag = 1\n{}\ntry: print(flag)\nexcept NameError: print('none')\n"


def test_a_name_of_the_builtins_is_the_programs(run, explore) -> None:
    assert run(HEAD + FLAG.format("w()")).output == "1\n"
    assert run(HEAD + FLAG.format("")).output == "none\n", "a run has left it"
    assert run("import builtins\nfrom builtins import print as p\nbuiltins.print = lambda *_: p('mine')\nprint(1)"
               ).output == "mine\n"  # fmt: skip
    search = explore(HEAD + FLAG.format("Thread(target=w).start()"))
    assert "stores flag" in search.why_not


PRINT = print
BUILTINS = {
    "are in the table of modules": (
        "import importlib, sys\ndef mine(*_): p('mine')\np = print\n"
        "importlib.import_module('builtins').print = mine\nprint(sys.modules['builtins'] is builtins)",
        "mine\n",
    ),
    "have no hooks": (
        "builtins.own = 1\nprint([n for n in dir(builtins) if n in ('own', 'len') or n[:3] in ('__d', '__t')])",
        "['__debug__', '__doc__', 'len', 'own']\n",
    ),
    "are patched": (
        "from unittest import mock\nsaid = []\nwith mock.patch('builtins.print', said.append): print('x')\nprint(said)",
        "['x']\n",
    ),
    "are no name any more": (
        "class A: pass\nx = A()\ndef w(): x.a = 1\nt = Thread(target=w)\nt.start()\ndel __builtins__\nx.a = 2\n"
        "import builtins as b\nprint(b is builtins)\ndel __name__\nprint(sorted([2, 1]))",
        "True\n[1, 2]\n",
    ),
}


@pytest.mark.parametrize("name", BUILTINS)
def test_the_builtins(name: str, run) -> None:
    source, output = BUILTINS[name]
    for _ in range(2):
        assert run(HEAD + source).output == output
    assert sys.modules["builtins"] is builtins
    assert builtins.print is PRINT


LOOKING = """
import _thread, re, threading, time
from concurrent.futures import Future, ThreadPoolExecutor
from threading import *
{setup}
def a():
    try:
        {a}
    except RuntimeError as error: print('a', error)
    print('a')
def b():
    try:
        {b}
    except RuntimeError as error: print('b', error)
    print('b')
x, y = Thread(target=a, name='x'), Thread(target=b, name='y')
x.start(); y.start(); x.join(); y.join()
"""
STARTS = "thread = Thread(target=int)"
TEXT = "print(re.sub(r' at 0x\\w+|[^f]owner=\\d+', '', {}))"
STATES = {
    "a thread's ident": (STARTS, "thread.start()", "print(thread.ident)"),
    "its native ident": (STARTS, "thread.start()", "print(thread.native_id)"),
    "whether it is alive": (STARTS, "thread.start()", "print(thread.is_alive())"),
    "whether it is alive, by filter": (STARTS, "thread.start()", "print(any(filter(Thread.is_alive, [thread])))"),
    "how many there are": (STARTS, "thread.start()", "print(_thread._count())"),
    "an event, by map": ("event = Event()", "event.set()", "print(list(map(Event.is_set, [event])))"),
    "a lock, by map": ("lock = Lock()", "lock.acquire()", "print(list(map(Lock.locked, [lock])))"),
    "what is called at the end": ("import atexit", "atexit.register(print, 1)", "atexit.register(print, 2)"),
    "how much is called at the end": ("import atexit", "atexit.register(print, 1)", "print(atexit._ncallbacks())"),
    "its text": (STARTS, "thread.start()", "print('initial' in repr(thread), 'stopped' in str(thread))"),
    "a join that comes too early": (STARTS, "thread.start(); thread.join()", "thread.join()"),
    "a second start": (STARTS, "thread.start()", "thread.start()"),
    "a daemon": (STARTS, "thread.start(); print(thread.daemon)", "thread.daemon = True"),
    "threads' names": ("", "print(Thread().name)", "print(Thread().name)"),
    "pools' names": ("", "print(ThreadPoolExecutor(1)._thread_name_prefix)",
                     "print(ThreadPoolExecutor(1)._thread_name_prefix)"),
    "a lock's text": ("lock = Lock()", "lock.acquire()", TEXT.format("repr(lock)")),
    "an RLock's text": ("lock = RLock()", "lock.acquire()", TEXT.format("f'{lock}'")),
    "a condition's text": ("condition = Condition()", "condition.acquire()", TEXT.format("str(condition)")),
    "an event's text": ("event = Event()", "event.set()", TEXT.format("repr(event)")),
    "a semaphore's text": ("seats = Semaphore()", "seats.acquire()", TEXT.format("'%r' % seats")),
    "a bounded semaphore's text": ("seats = BoundedSemaphore()", "seats.acquire()", TEXT.format("repr(seats)")),
    "a barrier's text": ("barrier = Barrier(2)", "barrier.abort()", TEXT.format("repr(barrier)")),
    "a future's text": ("future = Future()", "future.set_result(1)", TEXT.format("repr(future)")),
}  # fmt: skip
"""What is there for both threads, what changes its state, and what reads that."""


@pytest.mark.parametrize("name", STATES)
def test_who_looks_at_a_state_is_seen(name: str, explore) -> None:
    setup, a, b = STATES[name]
    source = LOOKING.format(setup=setup, a=a or "pass", b=b or "pass")
    for preemptions in range(3):
        brute = explore(source, preemptions=preemptions, reduce=False, limit=3000)
        reduced = explore(source, preemptions=preemptions)
        assert brute.exhaustive and reduced.exhaustive
        assert len(reduced.outcomes) > 1
        assert preemptions_of(brute) == preemptions_of(reduced), f"at {preemptions} preemptions"


def test_who_looks_whether_the_main_thread_has_ended_is_seen(explore) -> None:
    source = "from threading import *\ndef look(): print(main_thread().is_alive())\n"
    source += "Thread(target=look).start()\nprint('main')\n"
    for preemptions in range(3):
        brute, reduced = (explore(source, preemptions=preemptions, reduce=reduce) for reduce in (False, True))
        assert brute.exhaustive and reduced.exhaustive
        assert preemptions_of(brute) == preemptions_of(reduced), f"at {preemptions} preemptions"
    assert {output for _, output in reduced.outcomes} == {"main\nFalse\n", "main\nTrue\n", "True\nmain\n"}
