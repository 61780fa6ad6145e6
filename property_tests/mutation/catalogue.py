"""The catalogue of mutants, and how all of them are put into one source tree.

A mutant is a small fault: a piece of the source, and what stands there instead. In the tree that is built, the program
chooses between the two when it runs, by the number in the environment variable COROSIM_MUTANT. So one build holds all
mutants, and none of them where the variable is not set (mutant schemata: Untch, Offutt and Harrold, ISSTA 1993).
"""
import dataclasses
import re
import tomllib
import zlib

KEYS = {"name", "file", "after", "original", "mutated", "fault", "equivalent", "survives"}

# Included into every file by the compiler's -include.
CHOICE_HEADER = """#pragma once
#include <cstdlib>
inline const long corosim_mutant = [] {
  const char* const number = std::getenv("COROSIM_MUTANT");
  return number != nullptr ? std::atol(number) : 0;
}();
#define COROSIM_MUTANT(number) (corosim_mutant == (number))
"""


class CatalogueError(Exception):
    """The catalogue cannot be used; the text says why."""


@dataclasses.dataclass(frozen=True)
class Mutant:
    name: str
    file: str  # below the root of the source tree
    original: str  # whole statements, or one expression
    mutated: str
    fault: str  # what goes wrong with it
    after: str = ""  # where the original stands more than once: the first one behind this text
    equivalent: str = ""  # why no test can tell it from the original
    survives: str = ""  # why no test tells it from the original so far

    @property
    def number(self):
        """Depends on the name alone, so that a new mutant changes no other file than its own."""
        return zlib.crc32(self.name.encode())

    @property
    def is_statement(self):
        code = re.sub(r"//[^\n]*$", "", self.original).rstrip()
        return code.endswith((";", "}"))

    def span(self, text):
        """Where the original stands in `text`, the content of its file."""
        start = 0
        if self.after:
            self._require_once(text, "after", self.after)
            start = text.index(self.after) + len(self.after)
            if self.original not in text[start:]:
                raise CatalogueError(f"{self.name}: {self.file}: 'original' does not occur behind 'after'")
        else:
            self._require_once(text, "original", self.original)
        start = text.index(self.original, start)
        return start, start + len(self.original)

    def _require_once(self, text, key, part):
        times = text.count(part)
        if times != 1:
            raise CatalogueError(f"{self.name}: {self.file}: '{key}' occurs {times} times, expected once: {part}")

    def before(self):
        if self.is_statement:
            return f"{{ if (COROSIM_MUTANT({self.number})) {{ {self.mutated} }} else {{ "
        return f"(COROSIM_MUTANT({self.number}) ? ({self.mutated}) : ("

    def behind(self):
        return "\n} }" if self.is_statement else "))"  # a comment may end the original


def read(paths):
    """The mutants of all files, in order."""
    mutants = []
    for path in paths:
        try:
            tables = tomllib.loads(path.read_text())["mutant"]
        except (OSError, KeyError, tomllib.TOMLDecodeError) as error:
            raise CatalogueError(f"{path}: {error}") from None
        mutants += [_mutant_of(path, table) for table in tables]
    numbers = {}
    for mutant in mutants:
        other = numbers.setdefault(mutant.number, mutant)
        if other is not mutant:
            raise CatalogueError(f"{mutant.name}: has the name or the number of {other.name}")
    return mutants


def _mutant_of(path, table):
    for key in sorted(set(table) - KEYS):
        raise CatalogueError(f"{path}: {table.get('name')}: unknown key '{key}'")
    try:
        return Mutant(**table)
    except TypeError as error:
        raise CatalogueError(f"{path}: {table.get('name')}: {error}") from None


def apply(text, mutants):
    """`text`, the content of one file, with the choice of each of `mutants` in it."""
    spans = sorted(((mutant.span(text), mutant) for mutant in mutants), key=lambda each: (each[0][0], -each[0][1]))
    openings, closings = {}, {}
    enclosing = []
    for (start, end), mutant in spans:  # a mutant around others comes before them
        while enclosing and enclosing[-1][0] <= start:
            enclosing.pop()
        if enclosing and enclosing[-1][0] < end:
            raise CatalogueError(f"{mutant.name}: overlaps {enclosing[-1][1].name}: expected one inside of the other")
        enclosing.append((end, mutant))
        openings[start] = openings.get(start, "") + mutant.before()
        closings[end] = mutant.behind() + closings.get(end, "")
    parts = []
    last = 0
    for place in sorted(openings.keys() | closings.keys()):
        parts += [text[last:place], closings.get(place, ""), openings.get(place, "")]
        last = place
    return "".join(parts + [text[last:]])
