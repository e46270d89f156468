"""Make text from outside harmless: for terminals, for logs of a workflow, for Markdown.

Logins, team names, reasons and GitHub's own words are written by others. Here they lose what a
terminal, a runner or GitHub's Markdown would act on; what they lose stays visible.
"""

from __future__ import annotations

import re
import unicodedata

_ZERO_WIDTH = "&#8203;"
_MARKDOWN = re.compile(r"[\\`*_\[\]<>|~&$#@]")
_AUTOLINKS = re.compile(r"(?i)(:)(?=//)|\b(www)(?=\.)|\b(gh-)(?=\d)")
_STRUCTURE = re.compile(r"[-+=:]|\d+[.)]")
_IN_CODE = re.compile(r"[`|<>]")


def visible(text: str) -> str:
    r"""Return *text* on one line, with everything that does not print written as `\x1b`.

    That is control characters, line ends, bidirectional marks, zero-width characters, lone
    surrogates and whatever Unicode may still assign.
    """
    if text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character.isprintable() or unicodedata.category(character) == "Zs":
        return character
    named = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
    return named.get(character) or _code_point(character)


def _code_point(character: str) -> str:
    number = ord(character)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def inert(line: str) -> str:
    r"""Return a finished line of output without anything that a workflow runner obeys.

    The runner takes `::command::` at the start of a line, spaces before it or not, and
    `##[command]` anywhere. Source: https://github.com/actions/runner, ActionCommand.cs
    """
    indent = len(line) - len(line.lstrip())
    if line.startswith("::", indent):
        line = f"{line[:indent]}\\{line[indent:]}"
    return line.replace("##[", r"##\[")


def terminal(text: str) -> str:
    """Return *text* harmless for a terminal or a log, with its line ends."""
    return "\n".join(inert(visible(line)) for line in text.split("\n"))


def code(text: str) -> str:
    """Return *text* as Markdown in code font: it mentions nobody and can't break out."""
    shown = _IN_CODE.sub(lambda match: _code_point(match[0]), visible(text)).strip()
    return f"`{shown}`" if shown else ""


def prose(text: str) -> str:
    """Return *text* as Markdown that shows just these words, inside a paragraph, cell or list.

    What stands between two backticks is shown in code font; everything else is only words.
    """
    parts = visible(text).strip().split("`")
    if len(parts) % 2 == 0:  # a backtick without a partner is only a backtick
        parts[-2:] = ["`".join(parts[-2:])]
    shown = "".join(code(part) if n % 2 else _words(part) for n, part in enumerate(parts))
    return f"&#{ord(shown[0])};{shown[1:]}" if _STRUCTURE.match(shown) else shown


def _words(text: str) -> str:
    """Escape *text* wherever it means something to Markdown.

    Entities can't be part of any structure. A mention, an issue number and a bare address are found
    in the finished page, where entities are gone: these are broken by a zero-width space.
    """
    shown = _MARKDOWN.sub(_entity, text)
    return _AUTOLINKS.sub(lambda match: match[0] + _ZERO_WIDTH, shown)


def _entity(match: re.Match[str]) -> str:
    character = match[0]
    entity = f"&#{ord(character)};"
    return entity + _ZERO_WIDTH if character in "@#" else entity


def command_data(text: str) -> str:
    """Return *text* as the message of a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def command_property(text: str) -> str:
    """Return *text* as the value of a workflow command's property."""
    return command_data(text).replace(":", "%3A").replace(",", "%2C")
