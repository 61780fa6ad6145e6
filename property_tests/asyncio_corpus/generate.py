#!/usr/bin/env python3
"""Makes random scenarios (README.md beside this file describes their language).

Usage: generate.py [--family NAME] [--seed N] [--count N] [--log]

Prints one case in each line. With --log each holds what reference.py logs for it on the Python that runs this script;
on one before 3.13 it leaves out what that does otherwise than 3.14 (README.md).

The same family, seed and Python version always give the same scenarios. A scenario always comes to an end: a function
spawns, calls and iterates only functions that stand after it.
"""
import argparse
import json
import random

import reference

MESSAGES = [None, None, None, "m1", "m2", "me", ""]
KINDS = ["CancelledError", "TimeoutError", "UserError", "ExceptionGroup", "Exception", "BaseException"]
RETURN_WHEN = ["FIRST_COMPLETED", "FIRST_EXCEPTION", "ALL_COMPLETED"]

# The variables, by what they are expected to hold.
NAMES = {
    "task": ["t0", "t1", "t2", "t3"],
    "future": ["u0", "u1"],
    "outer": ["o0", "o1"],
    "handle": ["h0", "h1"],
    "lock": ["lk0", "lk1"],
    "event": ["ev0"],
    "semaphore": ["sm0", "sm1"],
    "barrier": ["br0"],
    "condition": ["cv0"],
    "queue": ["q0", "q1"],
    "timeout": ["to0", "to1"],
    "group": ["g0", "g1"],
    "tag": ["d0", "d1"],
    "context": ["x", "y"],
}

# What a family's functions are made of, besides a little of everything: groups of statements and how often they come.
FAMILIES = {
    "ordering": {"basic": 6, "spawn": 6, "await": 4, "callback": 5, "future": 4, "done_callback": 3, "context": 3},
    "cancel": {"basic": 4, "spawn": 5, "await": 5, "cancel": 8, "try": 6, "future": 2},
    "shield": {"basic": 3, "spawn": 5, "await": 5, "cancel": 5, "try": 3, "future": 3, "shield": 6},
    "gather": {"basic": 3, "spawn": 5, "await": 5, "cancel": 4, "try": 3, "future": 3, "gather": 6, "raise": 2},
    "waits": {"basic": 3, "spawn": 5, "await": 3, "cancel": 3, "try": 3, "future": 3, "wait": 7, "timeout": 6},
    "taskgroup": {"basic": 4, "spawn": 2, "await": 2, "cancel": 4, "try": 4, "raise": 3, "group": 10, "timeout": 2},
    "sync": {"basic": 3, "spawn": 5, "cancel": 3, "try": 2, "timeout": 2, "lock": 6, "event": 4, "semaphore": 5, "condition": 6},
    "barrier": {"basic": 3, "spawn": 6, "cancel": 3, "try": 2, "timeout": 2, "barrier": 10},
    "queue": {"basic": 3, "spawn": 5, "cancel": 3, "try": 2, "timeout": 2, "queue": 12},
    "eager": {"basic": 3, "spawn": 3, "eager": 8, "await": 4, "cancel": 5, "try": 3, "future": 2, "context": 2, "gather": 1},
    "iterators": {"basic": 4, "spawn": 4, "await": 3, "cancel": 4, "try": 4, "iterate": 10, "context": 2, "timeout": 2},
    "mixed": {},
}

# Groups of statements: (statement, may suspend). A group's statements come equally often.
GROUPS = {
    "basic": ["log", "log", "sleep", "sleep", "sleep", "repeat", "call", "return"],
    "spawn": ["spawn"],
    "eager": ["spawn_eager"],
    "await": ["await", "await", "await", "state", "if_done"],
    "cancel": ["cancel", "cancel", "cancel_self", "uncancel", "uncancel_self", "cancelling", "state"],
    "try": ["try", "try", "reraise"],
    "raise": ["raise", "raise_cancelled"],
    "future": ["future", "set_result", "set_exception", "state", "await_future"],
    "callback": ["call_soon", "call_later", "call_at", "cancel_handle"],
    "done_callback": ["add_done_callback", "remove_done_callback"],
    "context": ["ctx_set", "ctx_get"],
    "shield": ["shield", "shield", "await_outer", "cancel_outer", "set_outer"],
    "gather": ["gather", "gather", "await_outer", "cancel_outer", "set_outer"],
    "wait": ["wait_for", "wait_for", "wait", "as_completed"],
    "timeout": ["timeout", "timeout", "reschedule", "expired"],
    "group": ["taskgroup", "tg_spawn", "tg_spawn", "tg_spawn"],
    "lock": ["lock", "with_lock", "with_lock", "acquire_lock", "release_lock", "locked_lock"],
    "event": ["event", "event_wait", "event_wait", "event_set", "event_clear", "event_is_set"],
    "semaphore": ["semaphore", "bounded_semaphore", "with_semaphore", "with_semaphore", "acquire_semaphore",
                  "release_semaphore", "locked_semaphore"],
    "condition": ["condition", "with_condition", "with_condition", "cond_wait", "cond_notify", "acquire_condition",
                  "release_condition"],
    "barrier": ["barrier", "barrier_wait", "barrier_wait", "barrier_wait", "with_barrier", "barrier_call",
                "barrier_state"],
    "queue": ["queue", "put", "put", "get", "get", "put_nowait", "get_nowait", "task_done", "join", "qsize", "shutdown"],
    "iterate": ["async_for", "async_for", "async_for", "as_completed"],
}
SUSPENDING = {
    "sleep", "repeat", "call", "return", "spawn_eager", "await", "if_done", "try", "reraise", "await_future", "await_outer",
    "wait_for", "wait", "as_completed", "timeout", "taskgroup", "with_lock", "acquire_lock", "event_wait",
    "with_semaphore", "acquire_semaphore", "with_condition", "cond_wait", "acquire_condition", "barrier_wait",
    "with_barrier", "barrier_call", "put", "get", "join", "async_for",
}
# Statements that seldom come before what they need was made.
NEEDS = {"await_outer": "outer", "cancel_outer": "outer", "set_outer": "outer", "cancel_handle": "handle",
         "reschedule": "timeout", "expired": "timeout", "tg_spawn": "group"}
SETTING = {"spawn", "spawn_eager", "tg_spawn", "future", "lock", "event", "semaphore", "bounded_semaphore", "barrier",
           "condition", "queue", "shield", "gather", "call_soon", "call_later", "call_at", "timeout", "taskgroup"}
MAKERS = ["future", "lock", "event", "semaphore", "bounded_semaphore", "condition", "barrier", "queue"]


class Generator:
    def __init__(self, family, rng, left_out=frozenset()):
        self.rng = rng
        self.left_out = left_out  # statements
        self.weights = {group: 0.3 if FAMILIES[family] else 1 for group in GROUPS}
        self.weights.update(FAMILIES[family])
        self.known = set()        # variables that are set in what was made so far
        self.budget = 0           # statements that the function may still have
        self.later = []           # functions that may be started from here
        self.later_generators = []

    def scenario(self):
        rng = self.rng
        functions = [f"f{i}" for i in range(1, rng.randint(2, 5))]
        generators = [f"g{i}" for i in range(1, rng.randint(1, 3))]
        self.later = functions
        # Most objects exist from the start, and some tasks too.
        start = [self.make(op) for op in MAKERS for _ in range(2) if rng.random() < 0.75]
        start += [self.made(["spawn", name, rng.choice(functions)])
                  for name in NAMES["task"] if functions and rng.random() < 0.6]
        bodies = {}
        for i, name in enumerate(["main"] + functions):
            self.later, self.later_generators = functions[i:], generators
            self.budget = rng.randint(8, 20) if name == "main" else rng.randint(3, 12)
            bodies[name] = self.block(0)
        for i, name in enumerate(generators):
            self.later, self.later_generators = [], generators[i + 1:]
            self.budget = rng.randint(2, 6)
            body = self.block(1)
            for value in range(rng.randint(1, 4)):
                body.insert(rng.randint(0, len(body)), ["emit", value])
            bodies[name] = body
        # So that not every exception ends the run, main catches some; and it gives the others time.
        main = [["try", [each], [["BaseException", []]], None] if rng.random() < 0.4 else each for each in bodies["main"]]
        if rng.random() < 0.6:
            main.insert(rng.randint(0, len(main)), ["sleep", rng.randint(1, 9)])
        bodies["main"] = start + main
        return {"functions": bodies}

    def block(self, depth, suspending=True, most=None):
        statements = []
        for _ in range(most if most is not None else self.budget):
            if self.budget <= 0:
                break
            self.budget -= 1
            statements.append(self.statement(depth, suspending))
        return statements

    def inner(self, depth, suspending=True):
        return self.block(depth + 1, suspending, self.rng.randint(0, 3))

    def statement(self, depth, suspending):
        groups, weights = list(self.weights), list(self.weights.values())
        while True:
            op = self.rng.choice(GROUPS[self.rng.choices(groups, weights)[0]])
            if op in self.left_out:
                continue
            if not suspending and op in SUSPENDING:
                # One in a hundred is left in: a callback logs `unset` for it.
                if op in ("sleep", "reraise", "return") and self.rng.random() < 0.2:
                    return self.make(op)
                continue
            if op in ("repeat", "try", "timeout", "taskgroup", "async_for", "if_done") or op.startswith(("with_", "call_")):
                if depth >= 3:
                    continue
            if op in ("spawn", "spawn_eager", "call", "tg_spawn") and not self.later:
                continue
            if op == "async_for" and not self.later_generators:
                continue
            if op in ("return", "raise", "raise_cancelled", "reraise") and depth == 0 and self.rng.random() < 0.7:
                continue
            if op in NEEDS and not self.known.intersection(NAMES[NEEDS[op]]) and self.rng.random() < 0.8:
                continue
            return self.make(op, depth)

    # -- operands ------------------------------------------------------------------------
    def name(self, kind):
        """A variable of that kind, as a rule one that was set in what was made before; now and then one of another kind,
        where asyncio raises TypeError or AttributeError."""
        if self.rng.random() < 0.01:
            kind = self.rng.choice([k for k in NAMES if k not in ("tag", "context")])
        known = [name for name in NAMES[kind] if name in self.known]
        return self.rng.choice(known) if known and self.rng.random() < 0.9 else self.among(kind)

    def among(self, kind):
        """A variable of that kind: the first of them most often, so that statements meet."""
        names = NAMES[kind]
        return self.rng.choices(names, [4, 3, 2, 1][:len(names)])[0]

    def made(self, statement):
        """Notes that the statement sets a variable."""
        self.known.add(statement[2] if statement[0] == "tg_spawn" else statement[1])
        return statement

    def future_name(self):
        return self.name(self.rng.choices(["task", "future", "outer"], [6, 2, 1])[0])

    def reference(self):
        if self.later and self.rng.random() < 0.3:
            return "fn:" + self.function()
        return self.future_name()

    def references(self, coroutines=True):
        count = self.rng.choices([0, 1, 2, 3, 4], [1, 5, 8, 4, 2])[0]
        refs = [self.reference() if coroutines else self.future_name() for _ in range(count)]
        if refs and self.rng.random() < 0.1:
            refs.append(self.rng.choice(refs))
        # A coroutine may be in the list only once: each mention of it is a fresh one.
        return refs

    def function(self):
        return "nowhere" if self.rng.random() < 0.005 else self.rng.choice(self.later)

    def delay(self):
        return self.rng.choices([-1, 0, 1, 2, 3, 5], [1, 5, 8, 5, 4, 2])[0]

    def limit(self):
        return None if self.rng.random() < 0.15 else self.delay()

    def number(self):
        return self.rng.randint(0, 9)

    # -- statements ----------------------------------------------------------------------
    def make(self, op, depth=3):
        statement = self.build(op, depth)
        return self.made(statement) if statement[0] in SETTING else statement

    def build(self, op, depth):
        rng = self.rng
        if "_" in op:      # with_lock: the statement `with` on a lock
            word, _, kind = op.rpartition("_")
            if word == "with":
                return ["with", self.name(kind), self.inner(depth)]
            if word in ("acquire", "release", "locked") and kind in NAMES:
                return [word, self.name(kind)]
            if op in ("await_future", "await_outer"):
                return ["await", self.name(kind)]
            if op == "cancel_outer":
                return ["cancel", self.name("outer"), rng.choice(MESSAGES)]
            if op == "set_outer":
                return [rng.choice(["set_result", "set_exception"]), self.name("outer"), self.number()]
        if op == "log":
            return ["log", f"l{rng.randint(0, 99)}"]
        if op == "sleep":
            return ["sleep", self.delay()]
        if op == "repeat":
            return ["repeat", rng.randint(0, 3), self.inner(depth)]
        if op == "call":
            return ["call", self.function()]
        if op == "return":
            return ["return", rng.choice([None, self.number()])]
        if op in ("spawn", "spawn_eager"):
            return [op, self.among("task"), self.function()]
        if op == "await":
            return ["await", self.future_name()]
        if op == "state":
            return ["state", self.future_name()]
        if op == "if_done":
            return ["if_done", self.future_name(), self.inner(depth), self.inner(depth)]
        if op == "cancel":
            return ["cancel", self.future_name(), rng.choice(MESSAGES)]
        if op == "cancel_self":
            return ["cancel_self", rng.choice(MESSAGES)]
        if op in ("uncancel", "cancelling"):
            return [op, self.name("task")]
        if op == "try":
            handlers = [[rng.choice(KINDS), self.inner(depth)] for _ in range(rng.randint(0, 2))]
            for handler in handlers:
                if rng.random() < 0.3:
                    handler[1].append(["reraise"])
            return ["try", self.inner(depth), handlers, self.inner(depth) if rng.random() < 0.4 else None]
        if op == "raise":
            return ["raise", self.number()]
        if op in ("raise_cancelled", "reraise", "uncancel_self"):
            return [op]
        if op in ("set_result", "set_exception"):
            return [op, self.name("future") if rng.random() < 0.95 else self.name("task"), self.number()]
        if op == "call_soon":
            return ["call_soon", self.name("handle"), self.inner(depth, suspending=False)]
        if op == "call_later":
            return ["call_later", self.name("handle"), self.delay(), self.inner(depth, suspending=False)]
        if op == "call_at":
            return ["call_at", self.name("handle"), self.delay(), self.inner(depth, suspending=False)]
        if op == "cancel_handle":
            return ["cancel_handle", self.name("handle")]
        if op == "add_done_callback":
            return [op, self.future_name(), self.name("tag"), self.inner(depth, suspending=False)]
        if op == "remove_done_callback":
            return [op, self.future_name(), self.name("tag")]
        if op == "ctx_set":
            return [op, self.among("context"), self.number()]
        if op == "ctx_get":
            return [op, self.among("context")]
        if op == "shield":
            return ["shield", self.among("outer"), self.reference()]
        if op == "gather":
            return ["gather", self.among("outer"), self.references(), rng.random() < 0.4]
        if op == "wait_for":
            return ["wait_for", self.reference(), self.limit()]
        if op == "wait":
            refs = self.references(coroutines=rng.random() < 0.05)
            # With an object that is no future among them, CPython's outcome depends on the order of a set.
            expected = ("fn:", "t", "u", "o")
            refs = [ref for ref in refs if ref.startswith(expected) and not ref.startswith("to")]
            return ["wait", refs, self.limit(), rng.choice(RETURN_WHEN)]
        if op == "as_completed":
            return ["as_completed", self.references(), self.limit()]
        if op == "timeout":
            name = self.among("timeout")
            self.known.add(name)
            return ["timeout", name, self.limit(), self.inner(depth)]
        if op == "reschedule":
            return [op, self.name("timeout"), self.limit()]
        if op == "expired":
            return [op, self.name("timeout")]
        if op == "taskgroup":
            name = self.among("group")
            self.known.add(name)
            body = self.inner(depth)
            for _ in range(rng.randint(0, 3)):
                if self.later:
                    body.insert(0, ["tg_spawn", name, self.among("task"), self.function()])
            return ["taskgroup", name, body]
        if op == "tg_spawn":
            return [op, self.name("group"), self.among("task"), self.function()]
        if op in ("future", "lock", "event"):
            return [op, self.among(op)]
        if op in ("semaphore", "bounded_semaphore"):
            return [op, self.among("semaphore"), rng.choices([-1, 0, 1, 2, 3], [0.2, 2, 6, 4, 1])[0]]
        if op == "condition":
            return [op, self.among("condition"), rng.choice([None] + NAMES["lock"])]
        if op == "barrier":
            return [op, self.among("barrier"), rng.choices([0, 1, 2, 3], [0.2, 1, 6, 4])[0]]
        if op == "queue":
            return [op, self.among("queue"), rng.choice(["fifo", "lifo", "priority"]), rng.choice([-1, 0, 1, 1, 2, 3])]
        if op == "cond_notify":
            return [op, self.name("condition"), rng.choice([None, 0, 1, 1, 2])]
        if op in ("event_wait", "event_set", "event_clear", "event_is_set"):
            return [op, self.name("event")]
        if op == "cond_wait":
            return [op, self.name("condition")]
        if op in ("barrier_wait", "barrier_state"):
            return [op, self.name("barrier")]
        if op == "barrier_call":
            return [op, self.name("barrier"), rng.choice(["reset", "abort"])]
        if op in ("put", "put_nowait"):
            return [op, self.name("queue"), self.number()]
        if op in ("get", "get_nowait", "task_done", "join", "qsize"):
            return [op, self.name("queue")]
        if op == "shutdown":
            return [op, self.name("queue"), rng.random() < 0.5]
        if op == "async_for":
            generator = "nowhere" if rng.random() < 0.005 else rng.choice(self.later_generators)
            return [op, generator, self.inner(depth), rng.choice([None, None, 0, 1, 2])]
        raise AssertionError(op)


def cases(family, seed, count, with_log):
    """Fewer than `count` where this Python does not behave as 3.14 in some of them."""
    left_out = reference.LEFT_OUT if with_log else frozenset()
    for number in range(1, count + 1):
        scenario = Generator(family, random.Random(f"{family} {seed} {number}"), left_out).scenario()
        case = {"name": f"{family}-{seed}-{number}", "family": family, "scenario": scenario}
        if with_log:
            case["log"] = reference.run_scenario(scenario)
            if case["log"] is None:
                continue
        yield case


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--family", choices=sorted(FAMILIES), default="mixed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--log", action="store_true", help="run each scenario on asyncio and add its log")
    arguments = parser.parse_args()
    for case in cases(arguments.family, arguments.seed, arguments.count, arguments.log):
        print(json.dumps(case, separators=(",", ":")))


if __name__ == "__main__":
    main()
