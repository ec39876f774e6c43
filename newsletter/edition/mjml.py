"""MJML -> HTML by MRML, guarded: the only module that imports mjml.

MRML (6.0) writes attribute values with the escapes of another language, panics on some texts with an
exception that is no `Exception`, overflows the stack on deep nesting, and takes unknown tags without a
word. So it only ever sees a frame: checked by `markup` before, in ASCII, not deep, not large.
"""

from __future__ import annotations

import re
from functools import lru_cache

from newsletter.edition.markup import MarkupError, check
from newsletter.errors import ThemeError
from newsletter.language import _

MOST_CHARACTERS = 8_000_000
_ENDS = re.compile(r"(</(?:p|h[1-6]|td|th|div|head)>|<br />)(?=<)")
_BYTES = re.compile(r"at position (\d+)(?::(\d+))?")


@lru_cache(maxsize=64)
def compile_frame(source: str) -> str:
    """Return the HTML of a frame whose given values are words; raises `ThemeError`.

    The same frame is compiled once: issues of one structure share it.
    """
    source = source.encode("ascii", "xmlcharrefreplace").decode("ascii")
    if len(source) > MOST_CHARACTERS:
        raise ThemeError(_("the page is too large to be laid out"))
    check(source)
    compiled = _compile(source)
    if "\\u{" in compiled:
        raise ThemeError(
            _("the theme has a character in an attribute that cannot be written there"),
            hint=_("Write it in theme.toml, under words."),
        )
    # MRML writes the doctype in lower case; some programs then show the page as one of the last century
    compiled = compiled.replace("<!doctype html>", "<!DOCTYPE html>", 1)
    # it also takes out the white space between blocks, so that copied or extracted words would run together
    return _ENDS.sub(r"\1\n", compiled)


def _compile(source: str) -> str:
    from mjml import mjml2html  # a compiled module; only rendering needs it

    try:
        return mjml2html(source, fonts={}, disable_comments=True)
    except ValueError as error:
        reason = _BYTES.sub("", str(error)).strip()
        message = _("MJML cannot be read: {reason}").format(reason=reason)
        raise MarkupError(message, source, _offset(str(error))) from error
    except BaseException as error:
        # a panic of MRML derives from BaseException; anything else that does is not ours to stop
        if type(error).__name__ != "PanicException":
            raise
        raise ThemeError(_("the MJML of the theme stopped the compiler")) from error


def _offset(message: str) -> int:
    """Return where in the source MRML's complaint is; it counts bytes, and the source is ASCII."""
    found = _BYTES.search(message)
    return int(found[1]) if found else 0
