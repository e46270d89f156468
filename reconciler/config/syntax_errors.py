"""Say in plain English what a YAML syntax error is and how it is cured."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import yaml

_LONGEST = 60


def shorten(text: str) -> str:
    """Return *text* fit for a message: on one line, visible, and not too long."""
    text = text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


class _Place:
    """Where a syntax error shows, and what stands before and after that place on its line.

    *began* is where the list, mapping or text began that could not be read on.
    """

    def __init__(self, lines: list[str], mark: Any, began: Any) -> None:
        self.line: int = mark.line
        self.column: int = mark.column
        text = lines[self.line] if self.line < len(lines) else ""
        self.above = next((one for one in reversed(lines[: self.line]) if one.strip()), "")
        self.before = text[: self.column]
        self.after = text[self.column :]
        self.began_line: int = began.line if began is not None else self.line
        self.began_column: int = began.column if began is not None else self.column

    @property
    def in_line(self) -> bool:
        """Whether something stands before the place on its line."""
        return bool(self.before.strip())


def explain(error: Exception, text: str) -> tuple[int, int, str]:
    """Return line and column, counted from 0, and what to do about *error*."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return 0, 0, "this is not YAML: a `\\U` escape or a `%YAML` line holds too large a number"
    problem = error.problem or ""
    mark, context = error.problem_mark, error.context_mark
    words, at_context = _words(f"{error.context or ''}: {problem}")
    where = context if at_context and context is not None else mark
    if where is None:
        return 0, 0, f"this is not YAML: {shorten(problem)}"
    lines = re.split(r"\r\n|\r|\n", text)
    place = _Place(lines, where, context)
    message = words(place)
    return place.line, place.column, message


def _words(problem: str) -> tuple[Callable[[_Place], str], bool]:
    """Return the words for *problem*, and whether they are about the place where it began."""
    for pattern, at_context, words in _TABLE:
        if re.search(pattern, problem):
            return words, at_context
    return _unknown(problem), False


def _character(place: _Place) -> str:
    char = place.after[:1]
    if char == "\t":
        return "a tab stands here: YAML is indented with spaces only"
    word = re.split(r"[\s,\]}#]", place.after, maxsplit=1)[0]
    if char == "@":
        name = word.strip("@").rpartition("/")[2]
        example = name or "octocat"
        return f"a name is written without `@`: `{shorten(example)}`"
    if char == "`":
        return "a value can't begin with a backtick: take it away, or put the value in quotes"
    return f'a value can\'t begin with `{char}`: put it in quotes, "{shorten(word)}"'


def _second_colon(place: _Place) -> str:
    if ":" not in place.before:
        return _goes_on(place)
    return (
        "a second `:` can't stand here: put a text that holds `: ` in quotes, "
        "or begin a new line if this is a key"
    )


def _goes_on(place: _Place) -> str:
    """Say that a key stands where the text of the line above goes on."""
    above = place.above.strip()
    if above.startswith("- ") and ":" not in above:
        name = shorten(above[2:].strip())
        return (
            f"no key can follow the entry `{name}`: with keys of its own an entry begins with one, "
            f"`- user: {name}` or `- team: {name}`"
        )
    if above:
        word = re.split(r"\s", above, maxsplit=1)[0]
        return f"`:` is missing on the line above: write `{shorten(word)}: ` there"
    return "a key can't be as long as this one"


def _misplaced_dash(_: _Place) -> str:
    return "a list can't begin here: write each `- ` on a line of its own below the key"


def _after_quote(place: _Place) -> str | None:
    if not re.search(r"""['"]\s*$""", place.before):
        return None
    return (
        "nothing can follow the closing quote: inside '...' write a quote twice, "
        'or use "..." around the text'
    )


def _block(place: _Place) -> str:
    if place.in_line:
        return _after_quote(place) or (
            "this can't stand here: begin a new line, or put the whole text in quotes"
        )
    if re.match(r"-\s", place.after):
        return (
            "a list entry can't stand here, among the keys that begin on line "
            f"{place.began_line + 1}: indent it below the key it belongs to"
        )
    if place.after.startswith(":"):
        return "a key is missing before this `:`"
    return _indented(place)


def _entry(place: _Place) -> str:
    if place.in_line:
        return _block(place)
    if place.column == place.began_column:
        return (
            "this line stands at the column of the list that begins on line "
            f"{place.began_line + 1}: begin it with `- ` if it is an entry, or indent it further "
            "if it belongs to one"
        )
    return _indented(place)


def _indented(place: _Place) -> str:
    spaces = f"{place.column} space{'' if place.column == 1 else 's'}"
    return (
        f"this line is indented by {spaces}, which fits no line above it: "
        f"those from line {place.began_line + 1} on are indented by {place.began_column}"
    )


def _no_colon(place: _Place) -> str:
    word = re.split(r"[\s:]", place.after.strip(), maxsplit=1)[0]
    return f"`:` is missing on this line: write `{shorten(word)}: ` and then the value"


def _unclosed_quote(_: _Place) -> str:
    return "the quote that begins here is never closed"


def _unclosed(begin: str, end: str) -> Callable[[_Place], str]:
    def words(place: _Place) -> str:
        if place.after[:1] in ("]", "}", ")"):
            return f"`{place.after[:1]}` can't close a `{begin}`: write `{end}`"
        if place.line == place.began_line and (cut := _colon_in_flow(place)) is not None:
            return cut
        if place.line == place.began_line:
            what = "this key" if place.after[:1] == ":" else "this"
            return _after_quote(place) or (
                f"`, ` is missing before {what}, or `{end}` to close the `{begin}`"
            )
        place.line, place.column = place.began_line, place.began_column
        return f"the `{begin}` that begins here is not closed: end its entries with `{end}`"

    return words


def _colon_in_flow(place: _Place) -> str | None:
    """Return the message for a `: ` in a text without quotes inside `{...}`."""
    found = re.search(r"(reason|name): +([^\s,{}\[\]'\"][^,{}\[\]]*)$", place.before)
    if found is None or not place.after.startswith(":"):
        return None
    if re.search(r"\s(?:until|from|id|on|user|team|allow|idle|unused|mode)$", found[2]):
        return None  # a key, so that it is the comma that is missing
    text = found[2] + re.split(r"[,}]", place.after, maxsplit=1)[0].rstrip()
    return f'a text that holds `: ` must be in quotes here: write `{found[1]}: "{shorten(text)}"`'


def _escape(_: _Place) -> str:
    return r"this `\` is no escape that YAML knows: write `\\`, or use '...' around the text"


def _star(place: _Place) -> str:
    return (
        f"a value can't begin with `{place.after[:1]}`: put it in quotes "
        "(anchors and aliases are not used here)"
    )


def _missing_value(place: _Place) -> str:
    if place.after.startswith("..."):
        return "the file is empty"
    char = place.after[:1]
    return f"a value can't begin with `{char}`: put it in quotes, or take the `{char}` away"


def _missing_start(_: _Place) -> str:
    return "nothing can follow `...` or a line that begins with `%`: take those lines away"


def _directive(_: _Place) -> str:
    return "lines that begin with `%` are not used here: take this one away"


def _tag(_: _Place) -> str:
    return (
        "tags (a word that begins with `!`) are not used here: "
        'take it away, and put text in quotes: "..."'
    )


def _block_text(_: _Place) -> str:
    return "after `|` or `>` the text begins on the next line, indented with spaces"


def _question(_: _Place) -> str:
    return "a value can't begin with `? `: put it in quotes"


def _unknown(problem: str) -> Callable[[_Place], str]:
    return lambda _: f"this is not YAML: {shorten(problem.strip(': '))}"


_TABLE: tuple[tuple[str, bool, Callable[[_Place], str]], ...] = (
    ("cannot start any token", False, _character),
    ("mapping values are not allowed", False, _second_colon),
    ("sequence entries are not allowed", False, _misplaced_dash),
    ("mapping keys are not allowed", False, _question),
    ("could not find expected ':'", True, _no_colon),
    ("quoted scalar: found unexpected end of stream", True, _unclosed_quote),
    ("quoted scalar: found unexpected document", True, _unclosed_quote),
    ("quoted scalar: .*(escape|hexa?decimal)", False, _escape),
    ("flow sequence: ", False, _unclosed("[", "]")),
    ("flow mapping: ", False, _unclosed("{", "}")),
    ("block mapping: ", False, _block),
    ("block collection: ", False, _entry),
    ("scanning an? (anchor|alias)", True, _star),
    ("block scalar", True, _block_text),
    ("node content", False, _missing_value),
    ("tag", False, _tag),
    ("document start", False, _missing_start),
    ("directive|incompatible YAML", False, _directive),
)
"""Words of libyaml and PyYAML, whether to point at where the matter began, and our words."""
