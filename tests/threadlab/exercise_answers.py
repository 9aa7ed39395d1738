"""What readers may hand in: for each exercise, programs that are not right and must fail, and others that are right.

Each is an edit of the broken program or of the solution: (what it is, which, then pairs of old and new text).
"""

Edit = tuple[str, str, tuple[tuple[str, str], ...]]


def edit(what: str, base: str, *pairs: tuple[str, str]) -> Edit:
    return what, base, pairs


ANYWHERE = [
    ("ends before the check", "\n\nraise SystemExit\n"),
    ("ends the interpreter", '\n\nimport os\n\nprint("every case holds")\nos._exit(0)\n'),
    (
        "runs each thread's job in the main thread",
        "\n\nimport threading\n\nthreading.Thread.start = threading.Thread.run\n"
        "threading.Thread.join = lambda self: None\n",
    ),
]
"""What is put below any broken program: none of it may pass."""

CHEATS: dict[str, list[Edit]] = {
    "lost_update": [
        edit("does nothing", "broken", ("self.value += amount", "pass")),
        edit(
            "sleeps before it adds",
            "broken",
            ("class", "from time import sleep\n\n\nclass"),
            ("        self.value +=", "        sleep(amount)\n        self.value +="),
        ),
        edit("a lock for each call", "solution", ("with self.lock", "with Lock()")),
        edit("knows the first case", "broken", ("self.value += amount", "self.value = 2")),
        edit(
            "locks the write only",
            "solution",
            (
                "with self.lock:\n            self.value += amount",
                "new = self.value + amount\n        with self.lock:\n            self.value = new",
            ),
        ),
    ],
    "check_then_act": [
        edit("sells nothing", "broken", ("        self.left -= 1\n        return True", "        return False")),
        edit("says yes to all", "broken", ("        if self.left == 0:\n            return False\n", "")),
        edit(
            "locks the act only",
            "solution",
            (
                "        with self.lock:\n            if self.left == 0:\n                return False\n            self.left",
                "        if self.left == 0:\n            return False\n        with self.lock:\n            self.left",
            ),
        ),
        edit(
            "keeps the lock when there is none left",
            "solution",
            (
                "        with self.lock:\n            if self.left == 0:\n                return False\n            self.left -= 1\n            return True",
                "        self.lock.acquire()\n        if self.left == 0:\n            return False\n        self.left -= 1\n        self.lock.release()\n        return True",
            ),
        ),
        edit(
            "sleeps before it looks",
            "broken",
            ("class", "from time import sleep\n\n\nclass"),
            ("        if self.left", "        sleep(1)\n        if self.left"),
        ),
    ],
    "torn_read": [
        edit("always the same time", "broken", ("return self.hour, self.minute", "return 9, 59")),
        edit("does not tick", "broken", ("self.minute += 1", "pass")),
        edit(
            "a lock for each reading",
            "broken",
            (
                "        return self.hour, self.minute",
                "        with Lock():\n            return self.hour, self.minute",
            ),
        ),
        edit(
            "writes without the lock",
            "solution",
            ("        with self.lock:\n            self.minute", "        if True:\n            self.minute"),
        ),
        edit(
            "locks each half",
            "broken",
            (
                "        return self.hour, self.minute",
                "        with self.lock:\n            hour = self.hour\n        with self.lock:\n            return hour, self.minute",
            ),
        ),
    ],
    "order_by_sleep": [
        edit("sleeps for longer", "broken", ("sleep(0.1)", "sleep(3600)")),
        edit("knows the first case", "broken", ("return self.content", 'return "a book"')),
        edit(
            "sets the event first",
            "solution",
            (
                "        self.content = content\n        self.has_come.set()",
                "        self.has_come.set()\n        self.content = content",
            ),
        ),
        edit("waits with a timeout", "solution", ("self.has_come.wait()", "self.has_come.wait(timeout=60)")),
        edit(
            "one event for all parcels",
            "solution",
            ("class", "has_come = Event()\n\n\nclass"),
            ("        self.has_come = Event()\n", ""),
            ("self.has_come", "has_come"),
        ),
    ],
    "double_check": [
        edit("never makes it", "broken", ("self.value = self.make()", "pass")),
        edit(
            "sets the flag first",
            "solution",
            (
                "                    self.value = self.make()\n                    self.is_made = True",
                "                    self.is_made = True\n                    self.value = self.make()",
            ),
        ),
        edit(
            "does not look again",
            "solution",
            (
                "if not self.is_made:\n                    self.value = self.make()\n                    self.is_made",
                "if True:\n                    self.value = self.make()\n                    self.is_made",
            ),
        ),
        edit(
            "makes it in the constructor",
            "broken",
            ("        self.value = None", "        self.value = make()"),
            (
                "        if not self.is_made:\n            with self.lock:\n                self.is_made = True\n                self.value = self.make()\n        return",
                "        return",
            ),
        ),
        edit(
            "one for all",
            "solution",
            ("        self.value = None\n        self.is_made = False\n        self.lock = Lock()", "        pass"),
            ("    def __init__", "    is_made = False\n    lock = Lock()\n\n    def __init__"),
            ("self.value", "Shared.value"),
            ("self.is_made = True", "Shared.is_made = True"),
        ),
        edit(
            "nothing for whoever comes while it is made",
            "broken",
            (
                "            with self.lock:\n                self.is_made = True\n                self.value = self.make()",
                "            if self.lock.acquire(blocking=False):\n                self.value = self.make()\n                self.is_made = True",
            ),
        ),
        edit(
            "makes it ahead, for each user",
            "broken",
            (
                "        if not self.is_made:\n            with self.lock:\n                self.is_made = True\n                self.value = self.make()\n        return self.value",
                "        return self.make()",
            ),
        ),
    ],
    "lock_order": [
        edit(
            "no locks",
            "broken",
            ("    with source.lock, target.lock:\n", "    if True:\n"),
            ("    with one.lock, two.lock:\n", "    if True:\n"),
        ),
        edit(
            "moves nothing",
            "solution",
            ("        source.balance -= amount\n        target.balance += amount", "        pass"),
        ),
        edit(
            "one lock after the other",
            "broken",
            (
                "    with source.lock, target.lock:\n        source.balance -= amount\n        target.balance",
                "    with source.lock:\n        source.balance -= amount\n    with target.lock:\n        target.balance",
            ),
        ),
        edit(
            "says what the auditor wants to hear",
            "solution",
            ("        return one.balance + two.balance", "        return 200"),
            ("        source.balance -= amount\n", "        source.balance = source.balance - 1 - amount\n"),
        ),
        edit(
            "a total in another order",
            "solution",
            (
                "first, second = in_order(one, two)\n    with first.lock, second.lock:\n        return",
                "with one.lock, two.lock:\n        return",
            ),
        ),
    ],
    "lost_wakeup": [
        edit("does not wait", "broken", ("            self.table.wait()", "            pass")),
        edit("waits with a timeout", "broken", ("self.table.wait()", "self.table.wait(timeout=60)")),
        edit("rings for one", "solution", ("notify_all", "notify")),
        edit(
            "rings later",
            "broken",
            ("class Kitchen", "from time import sleep\n\n\nclass Kitchen"),
            (
                "        with self.table:\n            self.table.notify_all",
                "        sleep(60)\n        with self.table:\n            self.table.notify_all",
            ),
        ),
        edit(
            "one fact for all kitchens",
            "solution",
            ("        self.served = False\n", ""),
            ("    def __init__", "    served = False\n\n    def __init__"),
            ("self.served = True", "Kitchen.served = True"),
        ),
        edit("rings without the fact", "solution", ("            self.served = True\n", "")),
    ],
    "if_not_while": [
        edit("does not wait", "broken", ("            if not self.plates:\n                self.changed.wait()\n", "")),
        edit("gives away what there is not", "broken", ("return self.plates.pop()", 'return "white"')),
        edit("wakes everybody", "broken", ("self.changed.notify()", "self.changed.notify_all()")),
        edit(
            "looks twice",
            "broken",
            (
                "            return",
                "            if not self.plates:\n                self.changed.wait(timeout=60)\n            return",
            ),
        ),
        edit("never takes it away", "solution", ("self.plates.pop()", "self.plates[0]")),
    ],
    "semaphore_count": [
        edit(
            "no slots",
            "broken",
            (
                "        self.free.acquire()\n        try:\n            job()\n        except ValueError:\n            self.free.release()\n            raise\n        finally:\n            self.free.release()",
                "        job()",
            ),
        ),
        edit("one slot for all", "solution", ("Semaphore(slots)", "Semaphore(1)")),
        edit("one slot too many", "solution", ("Semaphore(slots)", "Semaphore(slots + 1)")),
        edit(
            "swallows the failure", "broken", ("            self.free.release()\n            raise", "            pass")
        ),
        edit(
            "does not give it back",
            "broken",
            (
                "        except ValueError:\n            self.free.release()\n            raise\n        finally:\n            self.free.release()",
                "        except ValueError:\n            raise\n        else:\n            self.free.release()",
            ),
        ),
        edit("runs no job", "solution", ("            job()", "            pass")),
        edit("a bounded semaphore, given back twice", "broken", ("Semaphore", "BoundedSemaphore")),
        edit(
            "does not hear what the bounded semaphore says",
            "broken",
            ("Semaphore", "BoundedSemaphore"),
            ("import", "import Lock,"),
            (
                "        except ValueError:\n            self.free.release()\n            raise\n        finally:\n            self.free.release()",
                "        except ValueError:\n            self.free.release()\n            raise\n        finally:\n            try:\n                self.free.release()\n            except ValueError:\n                pass",
            ),
        ),
        edit("gives it back after a ValueError only", "broken", ("        finally:\n", "        else:\n")),
        edit(
            "a semaphore for each job",
            "solution",
            ("self.free = Semaphore(slots)", "self.slots = slots"),
            ("with self.free", "with Semaphore(self.slots)"),
        ),
        edit(
            "raises another error",
            "solution",
            (
                "            job()",
                '            try:\n                job()\n            except Exception as error:\n                raise ValueError(f"{error}")',
            ),
        ),
        edit(
            "if instead of while",
            "solution",
            ("import Semaphore", "import Condition"),
            ("        self.free = Semaphore(slots)", "        self.free = slots\n        self.changed = Condition()"),
            (
                "        with self.free:\n            job()",
                "        with self.changed:\n            if self.free == 0:\n                self.changed.wait()\n            self.free -= 1\n        try:\n            job()\n        finally:\n            with self.changed:\n                self.free += 1\n                self.changed.notify()",
            ),
        ),
    ],
    "barrier_reused": [
        edit(
            "does not wait",
            "broken",
            ("            while self.here != 0:\n                self.changed.wait()", "            pass"),
        ),
        edit(
            "is never reset",
            "broken",
            ("                self.here = 0\n", ""),
            ("while self.here != 0", "while self.here < self.parties"),
        ),
        edit("rings for one", "solution", ("notify_all", "notify")),
        edit(
            "waits with a timeout",
            "broken",
            (
                "while self.here != 0:\n                self.changed.wait()",
                "if self.here != 0:\n                self.changed.wait(timeout=60)",
            ),
        ),
    ],
    "bounded_buffer": [
        edit(
            "has no bound",
            "broken",
            ("            while len(self.items) == self.size:\n                self.changed.wait()\n", ""),
        ),
        edit(
            "if instead of while",
            "broken",
            ("while len(self.items) == self.size", "if len(self.items) == self.size"),
            ("while not", "if not"),
            ("notify()", "notify_all()"),
        ),
        edit(
            "one bell only",
            "solution",
            ("Condition(lock)\n        self.not_empty = Condition(lock)", "self.not_empty = Condition(lock)"),
        ),
        edit("last in, first out", "solution", ("self.items.pop(0)", "self.items.pop()")),
        edit(
            "two locks",
            "solution",
            (
                "Condition(lock)\n        self.not_empty = Condition(lock)",
                "Condition()\n        self.not_empty = Condition()",
            ),
        ),
        edit(
            "if instead of while for whoever puts",
            "broken",
            ("while len(self.items) == self.size", "if len(self.items) == self.size"),
            ("notify()", "notify_all()"),
        ),
        edit(
            "rings only when the buffer was empty or full",
            "solution",
            (
                "            self.not_empty.notify()",
                "            if len(self.items) == 1:\n                self.not_empty.notify()",
            ),
            (
                "            self.not_full.notify()",
                "            if len(self.items) == self.size:\n                self.not_full.notify()",
            ),
        ),
        edit("room for one", "solution", ("while len(self.items) == self.size", "while self.items")),
        edit(
            "takes it out without the lock",
            "broken",
            ("            return self.items", "        return self.items"),
            ("notify()", "notify_all()"),
        ),
        edit(
            "drops what has no room",
            "broken",
            (
                "            while len(self.items) == self.size:\n                self.changed.wait()\n",
                "            if len(self.items) == self.size:\n                return\n",
            ),
        ),
    ],
    "dining": [
        edit(
            "no forks",
            "broken",
            ("        with self.forks[left], self.forks[right]:\n            eat()", "        eat()"),
        ),
        edit(
            "one lock for the table",
            "broken",
            ("        with self.forks[left], self.forks[right]:", "        with self.forks[0]:"),
        ),
        edit("nobody eats", "broken", ("            eat()", "            pass")),
        edit(
            "as many places as can eat at once, without forks",
            "broken",
            ("import Lock", "import Semaphore"),
            ("        self.forks = tuple(Lock() for _ in range(seats))", "        self.places = Semaphore(seats // 2)"),
            (
                "        left = seat\n        right = (seat + 1) % len(self.forks)\n        with self.forks[left], self.forks[right]:",
                "        with self.places:",
            ),
        ),
        edit(
            "a lock for each two seats",
            "broken",
            ("with self.forks[left], self.forks[right]", "with self.forks[seat // 2]"),
        ),
        edit(
            "the right fork first",
            "broken",
            ("with self.forks[left], self.forks[right]", "with self.forks[right], self.forks[left]"),
        ),
        edit("one fork each", "broken", ("with self.forks[left], self.forks[right]", "with self.forks[left]")),
        edit(
            "sleeps before it takes the second",
            "broken",
            ("class", "from time import sleep\n\n\nclass"),
            (
                "with self.forks[left], self.forks[right]:\n            eat()",
                "with self.forks[left]:\n            sleep(seat)\n            with self.forks[right]:\n                eat()",
            ),
        ),
    ],
}

RIGHT: dict[str, list[Edit]] = {
    "lost_update": [
        edit(
            "acquire and release",
            "solution",
            (
                "        with self.lock:\n            self.value += amount",
                "        self.lock.acquire()\n        try:\n            self.value += amount\n        finally:\n            self.lock.release()",
            ),
        ),
        edit("RLock", "solution", ("import Lock", "import RLock as Lock")),
        edit("a semaphore with one permit", "solution", ("import Lock", "import Semaphore as Lock")),
    ],
    "check_then_act": [
        edit(
            "turned around",
            "solution",
            (
                "            if self.left == 0:\n                return False\n            self.left -= 1\n            return True",
                "            sold = self.left > 0\n            self.left -= sold\n            return sold",
            ),
        ),
        edit(
            "a look ahead, and one that counts",
            "solution",
            (
                "        with self.lock:\n            if",
                "        if self.left == 0:\n            return False\n        with self.lock:\n            if",
            ),
        ),
    ],
    "torn_read": [
        edit(
            "one object for both",
            "broken",
            ("self.hour = 9\n        self.minute = 59", "self.now = 9, 59"),
            (
                "            self.minute += 1\n            if self.minute == 60:\n                self.minute = 0\n                self.hour += 1",
                "            hour, minute = self.now\n            self.now = divmod(60 * hour + minute + 1, 60)",
            ),
            ("return self.hour, self.minute", "return self.now"),
        ),
    ],
    "order_by_sleep": [
        edit(
            "a condition",
            "solution",
            ("import Event", "import Condition"),
            ("Event()", "Condition()"),
            (
                "        self.content = content\n        self.has_come.set()",
                "        with self.has_come:\n            self.content = content\n            self.has_come.notify_all()",
            ),
            (
                "        self.has_come.wait()\n        return",
                "        with self.has_come:\n            self.has_come.wait_for(lambda: self.content)\n        return",
            ),
        ),
        edit(
            "looks again and again",
            "broken",
            (
                "        # By then it will have come.\n        sleep(0.1)",
                "        while self.content is None:\n            sleep(0.1)",
            ),
        ),
    ],
    "double_check": [
        edit(
            "always the lock",
            "solution",
            (
                "        if not self.is_made:\n            with self.lock:\n                if not self.is_made:\n                    self.value = self.make()\n                    self.is_made = True\n",
                "        with self.lock:\n            if not self.is_made:\n                self.value = self.make()\n                self.is_made = True\n",
            ),
        ),
    ],
    "lock_order": [
        edit(
            "one lock for all",
            "broken",
            ("class", "everything = Lock()\n\n\nclass"),
            ("with source.lock, target.lock", "with everything"),
            ("with one.lock, two.lock", "with everything"),
        ),
        edit("the higher number first", "solution", ("one.number < two.number", "one.number > two.number")),
    ],
    "lost_wakeup": [
        edit(
            "an event",
            "broken",
            ("import Condition", "import Event"),
            ("Condition()", "Event()"),
            ("        with self.table:\n            self.table.notify_all()", "        self.table.set()"),
            ("        with self.table:\n            self.table.wait()", "        self.table.wait()"),
        ),
        edit(
            "while",
            "solution",
            (
                "            self.table.wait_for(lambda: self.served)",
                "            while not self.served:\n                self.table.wait()",
            ),
        ),
    ],
    "if_not_while": [
        edit(
            "wait_for",
            "solution",
            (
                "            while not self.plates:\n                self.changed.wait()",
                "            self.changed.wait_for(lambda: self.plates)",
            ),
        ),
        edit(
            "a queue",
            "broken",
            ("from threading import Condition", "from queue import Queue"),
            ("        self.plates = []\n        self.changed = Condition()", "        self.plates = Queue()"),
            (
                "        with self.changed:\n            self.plates.append(plate)\n            self.changed.notify()",
                "        self.plates.put(plate)",
            ),
            (
                "        with self.changed:\n            if not self.plates:\n                self.changed.wait()\n            return self.plates.pop()",
                "        return self.plates.get()",
            ),
        ),
        edit(
            "a semaphore",
            "broken",
            ("import Condition", "import Semaphore"),
            ("Condition()", "Semaphore(0)"),
            (
                "        with self.changed:\n            self.plates.append(plate)\n            self.changed.notify()",
                "        self.plates.append(plate)\n        self.changed.release()",
            ),
            (
                "        with self.changed:\n            if not self.plates:\n                self.changed.wait()\n            return self.plates.pop()",
                "        self.changed.acquire()\n        return self.plates.pop()",
            ),
        ),
    ],
    "semaphore_count": [
        edit(
            "finally only",
            "broken",
            ("        except ValueError:\n            self.free.release()\n            raise\n", ""),
        ),
        edit("bounded", "solution", ("Semaphore", "BoundedSemaphore")),
        edit(
            "a queue of keys",
            "solution",
            ("from threading import Semaphore", "from queue import Queue"),
            (
                "        self.free = Semaphore(slots)",
                "        self.keys = Queue()\n        for key in range(slots):\n            self.keys.put(key)",
            ),
            (
                "        with self.free:\n            job()",
                "        key = self.keys.get()\n        try:\n            job()\n        finally:\n            self.keys.put(key)",
            ),
        ),
    ],
    "barrier_reused": [
        edit(
            "threading.Barrier",
            "broken",
            ("import Condition", "import Barrier"),
            (
                "        self.parties = parties\n        self.here = 0\n        self.changed = Condition()",
                "        self.barrier = Barrier(parties)",
            ),
            (
                "        with self.changed:\n            self.here += 1\n            if self.here == self.parties:\n                # Ready for the next round.\n                self.here = 0\n                self.changed.notify_all()\n            while self.here != 0:\n                self.changed.wait()",
                "        self.barrier.wait()",
            ),
        ),
    ],
    "bounded_buffer": [
        edit("notify_all", "broken", ("notify()", "notify_all()")),
        edit(
            "two semaphores",
            "broken",
            ("import Condition", "import Semaphore"),
            (
                "        self.size = size\n        self.items = []\n        self.changed = Condition()",
                "        self.items = []\n        self.room = Semaphore(size)\n        self.there = Semaphore(0)",
            ),
            (
                "        with self.changed:\n            while len(self.items) == self.size:\n                self.changed.wait()\n            self.items.append(item)\n            self.changed.notify()",
                "        self.room.acquire()\n        self.items.append(item)\n        self.there.release()",
            ),
            (
                "        with self.changed:\n            while not self.items:\n                self.changed.wait()\n            self.changed.notify()\n            return self.items.pop(0)",
                "        self.there.acquire()\n        item = self.items.pop(0)\n        self.room.release()\n        return item",
            ),
        ),
        edit(
            "a queue",
            "broken",
            ("from threading import Condition", "from queue import Queue"),
            (
                "        self.size = size\n        self.items = []\n        self.changed = Condition()",
                "        self.items = Queue(size)",
            ),
            (
                "        with self.changed:\n            while len(self.items) == self.size:\n                self.changed.wait()\n            self.items.append(item)\n            self.changed.notify()",
                "        self.items.put(item)",
            ),
            (
                "        with self.changed:\n            while not self.items:\n                self.changed.wait()\n            self.changed.notify()\n            return self.items.pop(0)",
                "        return self.items.get()",
            ),
        ),
    ],
    "dining": [
        edit(
            "one place fewer than seats",
            "broken",
            ("import Lock", "import Lock, Semaphore"),
            ("        self.forks", "        self.places = Semaphore(seats - 1)\n        self.forks"),
            ("with self.forks[left]", "with self.places, self.forks[left]"),
        ),
        edit(
            "one is left-handed",
            "broken",
            ("        with", "        if seat == 0:\n            left, right = right, left\n        with"),
        ),
    ],
}
