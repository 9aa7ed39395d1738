"""What another thread could see is seen, wherever it is stored: programs, and the outputs that each may have."""

import ast

import pytest

from threadlab.scopes import Scopes

HEAD = "import threading, time\n"
W = "def w():\n    try: print(value)\n    except NameError: print('unbound')\n"
JOIN = "for t in ts: t.start()\nfor t in ts: t.join()\n"
HALF = """
registry = []
class S:
    def __init__(self):
        {body}
    {method}
def make(): S()
def use():
    if registry:
        try: print(registry[0].ready)
        except AttributeError: print('half made')
ts = [threading.Thread(target=make), threading.Thread(target=use)]
"""
OPERATED = """
class Handlers:
    all = ()
    def keep(self, function):
        self.all = (function,)
        return self
    __lshift__ = __ior__ = __lt__ = __getitem__ = keep
handlers = Handlers()
def use():
    for f in handlers.all: f()
threading.Thread(target=use).start()
def main():
    def handler():
        try: print(value)
        except NameError: print('unbound')
    {}
    value = 1
main()
"""
LATE = {"1\n", "unbound\n"}
MADE = {"", "True\n", "half made\n"}


def half(body: str, method: str = "") -> str:
    return HALF.format(body=body.replace("\n", "\n        "), method=method.replace("\n", "\n    ")) + JOIN


def within(body: str) -> str:
    return "def main():\n    " + (W + body).replace("\n", "\n    ") + "\nmain()"


PROGRAMS = {
    "a closure's variable": (within("t = threading.Thread(target=w)\nt.start()\nvalue = 1\nt.join()"), LATE),
    "a closure's variable by what starts it": (
        within("def go(): t.start()\nt = threading.Thread(target=w)\nvalue = go() or 1\nt.join()"), LATE),
    "in a class": (W + "t = threading.Thread(target=w)\nclass A:\n    t.start()\nvalue = 1\nt.join()", LATE),
    "by a lambda": (W + "t = threading.Thread(target=w)\ngo = lambda: t.start()\ngo()\nvalue = 1\nt.join()", LATE),
    "by a method that is handed over": (
        W + "t = threading.Thread(target=w)\nlist(map(threading.Thread.start, [t]))\nvalue = 1\nt.join()", LATE),
    "by a decorator": (
        W + "t = threading.Thread(target=w)\ndef run(f):\n    t.start()\n    return f\n"
        "@run\ndef g(): pass\nvalue = 1\nt.join()", LATE),
    "by what has a harmless name": (
        W + "t = threading.Thread(target=w)\ndef append(): t.start()\nappend()\nvalue = 1\nt.join()", LATE),
    "by a subclass": (
        W + "class Base:\n    def __init_subclass__(cls): threading.Thread(target=w).start()\n"
        "class A(Base): pass\nvalue = 1", LATE),
    "by a metaclass": (
        W + "class Meta(type):\n    def __init__(self, *_): threading.Thread(target=w).start()\n"
        "class A(metaclass=Meta): pass\nvalue = 1", LATE),
    "a class by its own body": (
        W + "t = threading.Thread(target=w)\nclass value:\n    t.start()\nt.join()",
        {"<class '__main__.value'>\n", "unbound\n"}),
    "a function by its own default": (
        W.replace("print(value)", "print(value and 1)")
        + "t = threading.Thread(target=w)\ndef value(x=t.start()): pass\nt.join()", LATE),
    "by an operator": (OPERATED.format("handlers << handler"), {"", *LATE}),
    "by an augmented operator": (OPERATED.format("mine = handlers\n    mine |= handler"), {"", *LATE}),
    "by a comparison": (OPERATED.format("handlers < handler"), {"", *LATE}),
    "by an item": (OPERATED.format("handlers[handler]"), {"", *LATE}),
    "a walrus in a comprehension": (
        "def w(): print(value is ts[0])\nts = [threading.Thread(target=w) for _ in range(2)]\n"
        "[(value := t).start() for t in ts]", {"False\nFalse\n", "True\nFalse\n", "False\nTrue\n"}),
    "a comprehension's own variable": (
        "def main(): [threading.Thread(target=lambda: print(k)).start() for k in range(2)]\nmain()",
        {"0\n1\n", "1\n0\n", "1\n1\n"}),
    "self appended": (half("registry.append(self)\nself.ready = True"), MADE),
    "self stored": (half("registry[:] = [self]\nself.ready = True"), MADE),
    "self by a method": (
        half("self.publish()\nself.ready = True", "def publish(self): registry.append(self)"), MADE),
    "self captured": (half("(lambda: registry.append(self))()\nself.ready = True"), MADE),
    "self in a loop": (
        half("for n in (1, 2):\n    if n == 2: self.ready = True\n    registry.append(self)"), MADE),
    "self by the base class": (
        half("super().__init__()\nself.ready = True").replace(
            "class S:", "class B:\n    def __init__(self): registry.append(self)\nclass S(B):"),
        MADE),
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_another_thread_could_see_is_seen(name: str, explore) -> None:
    source, expected = PROGRAMS[name]
    search = explore(HEAD + source)
    assert search.exhaustive
    assert {output for ending, output in search.outcomes if ending == "finished"} == expected


KEPT = """
class Bus: handler = None
bus, table, handlers = Bus(), {{}}, []
def w():
    while not (f := {look}): time.sleep(0.1)
    try: print(f())
    except NameError: print('unbound')
t = threading.Thread(target=w)
t.start()
def main():
    def handler(): return value
    {keep}
    value = 1
main()
t.join()
"""


@pytest.mark.parametrize(
    ("keep", "look"),
    [
        ("bus.handler = handler", "bus.handler"),
        ("table[0] = handler", "table.get(0)"),
        ("handlers.append(handler)", "next(iter(handlers), None)"),
        ("global kept; kept = handler", "globals().get('kept')"),
    ],
)
def test_a_function_that_is_kept_has_its_variables_along(keep: str, look: str, explore) -> None:
    search = explore(HEAD + KEPT.format(keep=keep, look=look))
    assert search.exhaustive or "globals()" in search.why_not
    assert {output for _, output in search.outcomes} == LATE


@pytest.mark.parametrize("keeps", ["kept.append(f)", "table.setdefault(1, f)", "table.get(f)"])
def test_what_keeps_a_function_calls_none(keeps: str, explore) -> None:
    source = f"kept, table = [], {{}}\ndef f(): pass\ndef w(): {keeps}\n"
    search = explore(HEAD + source + "ts = [threading.Thread(target=w) for _ in range(2)]\n" + JOIN)
    assert search.exhaustive, search.why_not


def test_a_wait_that_computes_is_a_wait(explore) -> None:
    """Peterson's lock."""
    source = "flag, turn = [False, False], 0\ndef w(i):\n    global turn\n    flag[i] = True\n    turn = 1 - i\n"
    source += "    while flag[1 - i] and turn == 1 - i: pass\n    print(i)\n    flag[i] = False\n"
    search = explore(HEAD + source + "ts = [threading.Thread(target=w, args=(i,)) for i in (0, 1)]\n" + JOIN)
    assert search.exhaustive, search.why_not
    assert {output for _, output in search.outcomes} == {"0\n1\n", "1\n0\n"}


def test_an_imported_name_is_no_builtin() -> None:
    plain = Scopes(ast.parse("from codecs import open\nfrom os import walk\ndef walk(): pass\ndef run(): pass")).plain
    assert plain == {"run"}
    assert "open" not in Scopes(ast.parse("from codecs import open")).plain_builtins


UNSEEN = {
    "stored before": W + "value = 1\nt = threading.Thread(target=w)\nt.start()\nt.join()",
    "a closure's variable": within("value = [1]\nvalue.append(2)\nt = threading.Thread(target=w)\nt.start()\nt.join()"),
    "an attribute": (
        "class S:\n    def __init__(self):\n        self.ready = True\n        self.again = self.ready\n"
        "        threading.Thread(target=self.use).start()\n    def use(self): return self.ready\nS()"
    ),
}


@pytest.mark.parametrize("name", UNSEEN)
def test_what_no_other_thread_could_see_changing_is_left_alone(name: str, run) -> None:
    events = run(HEAD + UNSEEN[name], record=True).events
    assert events
    assert not [event for event in events if event.operation in ("load", "store")]
