"""One run of the command line, from its words to its exit code: language, errors, Ctrl-C, logs."""

from __future__ import annotations

import errno
import gettext
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import click

from newsletter import language
from newsletter.cli.output import Output, forget_reader
from newsletter.cli.settings import Settings
from newsletter.errors import InterruptedSendError, NewsletterError, RefusedError, TransientError, UsageError
from newsletter.language import _

INTERRUPTED = 130


def start(root: click.Group, args: Sequence[str] | None, name: str) -> NoReturn:
    """Run a command line in its language and end the process with its exit code."""
    words = list(sys.argv[1:] if args is None else args)
    translate_click()
    with language.speaking(chosen_language(words, os.environ)):
        if "_NEWSLETTER_COMPLETE" in os.environ:
            click.Group.main(root, args=words, prog_name=name, complete_var="_NEWSLETTER_COMPLETE")
        sys.exit(_guarded(root, words, name))


def chosen_language(words: Sequence[str], environ: Mapping[str, str]) -> str:
    """Return the language of the texts: the line's, the environment's, the project's, the system's."""
    return (
        _option("--lang", words)
        or environ.get("NEWSLETTER_LANG")
        or _project_language(words, environ)
        or _system_language(environ)
    )


def _option(name: str, words: Sequence[str]) -> str:
    """Find an option's value before click has parsed anything: errors of parsing have a language too."""
    for index, word in enumerate(words):
        if word == "--":
            break
        if word.startswith(f"{name}="):
            return word.partition("=")[2]
        if word == name and index + 1 < len(words):
            return words[index + 1]
    return ""


def _project_language(words: Sequence[str], environ: Mapping[str, str]) -> str:
    """Look for `[site] lang` without reading the whole configuration, which costs 100 ms and may be wrong."""
    import tomllib

    folder = Path(_option("--project", words) or environ.get("NEWSLETTER_PROJECT") or Path.cwd()).absolute()
    for each in (folder, *folder.parents):
        file = each / "newsletter.toml"
        if file.is_file():
            try:
                site = tomllib.loads(file.read_text(encoding="utf-8-sig")).get("site", {})
                return str(site.get("lang", "fr-CA"))
            except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, AttributeError):
                return ""
    return ""


def _system_language(environ: Mapping[str, str]) -> str:
    """Return the system's language; `C` and `POSIX` name none, and then the project's first language is spoken."""
    named = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "C")
    return language.INTERFACE_LANGUAGES[0] if named.partition(".")[0] in ("C", "POSIX") else named


def translate_click() -> None:
    """Let click's own texts come from our catalogues, in the language of the call and not of the process.

    Click asks the standard `gettext`, whose language is the process's; its modules hold that function
    under the usual names, which are pointed at ours.
    """
    for name, module in list(sys.modules.items()):
        if name.startswith("click."):
            for attribute, ours in (("_", language._), ("ngettext", language.ngettext)):
                if getattr(module, attribute, None) in (gettext.gettext, gettext.ngettext):
                    setattr(module, attribute, ours)


def _guarded(root: click.Group, words: list[str], name: str) -> int:
    """Run the command; turn every way of failing into words and an exit code."""
    try:
        return _invoked(root, words, name)
    except click.exceptions.NoArgsIsHelpError as error:
        _output(words).complain(error.format_message())
        return UsageError.exit_code
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.ClickException as error:
        return _told(_usage_error(error), words)
    except (KeyboardInterrupt, click.Abort, EOFError):
        from newsletter.cli.interrupting import before_it_began  # only when it happens

        return _told(InterruptedSendError(before_it_began(words)), words)
    except NewsletterError as error:
        return _told(error, words)
    except BrokenPipeError:
        forget_reader(sys.stdout)
        return 0
    except OSError as error:
        return _told(_system_error(error), words) if error.errno in _SYSTEM else _unexpected(error, words)
    except (SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        return _unexpected(error, words)


def _invoked(root: click.Group, words: list[str], name: str) -> int:
    with root.make_context(name, words) as context:
        result = root.invoke(context)
        return result if isinstance(result, int) else 0


def _output(words: Sequence[str]) -> Output:
    """Return the output for errors: the line may not have been parsed to its end."""
    settings = Settings(json="--json" in words, color=_option("--color", words) or "auto")
    return Output.of(settings, os.environ)


def _told(error: NewsletterError, words: Sequence[str]) -> int:
    from newsletter.cli import faults  # 15 ms, only when something went wrong

    faults.tell(error, _output(words), _folder(words) or Path())
    return error.exit_code


def _unexpected(error: BaseException, words: Sequence[str]) -> int:
    from newsletter.cli import faults

    faults.unexpected(error, _output(words), _folder(words), verbose=not {"-v", "--verbose"}.isdisjoint(words))
    return 1


def _folder(words: Sequence[str]) -> Path | None:
    """Return the project's folder, if there is one: findings name files from there."""
    from newsletter.config.source import find_root

    try:
        return find_root(Path(_option("--project", words) or os.environ.get("NEWSLETTER_PROJECT") or Path.cwd()))
    except (NewsletterError, OSError):
        return None


def _usage_error(error: click.ClickException) -> NewsletterError:
    """Turn click's error into ours: its text, and how to get help."""
    context = getattr(error, "ctx", None)
    path = context.command_path if isinstance(context, click.Context) else "newsletter"
    return UsageError(error.format_message(), hint=_("See: {command} --help").format(command=path))


_SYSTEM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)


def _system_error(error: OSError) -> NewsletterError:
    """Tell the two faults of a disk that a person can mend."""
    name = error.filename if isinstance(error.filename, str) else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return TransientError(_("The disk is full; nothing was lost."), hint=_("Make room, then resume."))
    return RefusedError(_("There is no right to read or write {path}.").format(path=name), hint=_("Check its rights."))
