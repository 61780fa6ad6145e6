"""Makes a scenario small that shows something."""


def minimised(scenario, shows):
    """The smallest scenario that was found of which `shows` is still true.

    Takes away functions, or lets one be main, then statements, from large pieces to single ones, puts a block in the place of the statement
    that holds it, and makes numbers small, until nothing can go any more.
    """
    best = scenario
    changed = True
    while changed:
        changed = False
        for candidate in smaller(best):
            if size(candidate) < size(best) and shows(candidate):
                best, changed = candidate, True
                break
    return best


def size(scenario):
    """By statements, then by what they say."""
    return (sum(statements(body) for body in scenario["functions"].values()), len(scenario["functions"]), len(str(scenario)),
            numbers(scenario))


def smaller(scenario):
    functions = scenario["functions"]
    for name in functions:
        if name != "main":
            rest = {other: body for other, body in functions.items() if other != name}
            yield {"functions": rest}
            yield {"functions": {**rest, "main": functions[name]}}
    for name, body in functions.items():
        for less in smaller_block(body):
            yield {"functions": {**functions, name: less}}


def smaller_block(block):
    """The block without some of its statements; with one of them replaced by a block that it holds, or made smaller."""
    length = len(block)
    while length > 0:
        for first in range(0, len(block) - length + 1):
            yield block[:first] + block[first + length:]
        length //= 2
    for place, statement in enumerate(block):
        for inner in blocks(statement):
            yield block[:place] + inner + block[place + 1:]
        for less in smaller_operands(statement):
            yield block[:place] + [less] + block[place + 1:]


def smaller_operands(statement):
    for place, operand in enumerate(statement[1:], 1):
        for less in smaller_operand(statement[0], operand):
            yield statement[:place] + [less] + statement[place + 1:]


def smaller_operand(op, operand):
    if is_block(operand):
        yield from smaller_block(operand)
    elif op == "try" and isinstance(operand, list):       # its handlers
        for place, (kind, body) in enumerate(operand):
            yield operand[:place] + operand[place + 1:]
            for less in smaller_block(body):
                yield operand[:place] + [[kind, less]] + operand[place + 1:]
    elif isinstance(operand, list):                       # names
        for place in range(len(operand)):
            yield operand[:place] + operand[place + 1:]
    elif isinstance(operand, int) and not isinstance(operand, bool) and operand > 0:
        yield 0
        yield operand - 1


def is_block(operand):
    return isinstance(operand, list) and bool(operand) and all(
        isinstance(each, list) and each and isinstance(each[0], str) and each[0].islower() for each in operand)


def blocks(statement):
    """The blocks that a statement holds."""
    for operand in statement[1:]:
        if is_block(operand):
            yield operand
        elif statement[0] == "try" and isinstance(operand, list):
            for _, body in operand:
                yield body


def statements(block):
    return sum(1 + sum(statements(inner) for inner in blocks(statement)) for statement in block)


def numbers(value):
    if isinstance(value, (list, dict)):
        return sum(numbers(each) for each in (value.values() if isinstance(value, dict) else value))
    return value if isinstance(value, int) else 0
