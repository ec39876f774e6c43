import json
import os
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from newsletter.cli.root import newsletter

NAMES = list(newsletter.names())


@pytest.mark.parametrize("lang", ["fr-CA", "en-CA"])
@pytest.mark.parametrize("name", NAMES)
def test_every_command_explains_itself(run, name, lang):
    result = run(name, "--help", "--lang", lang)
    assert result.exit_code == 0
    assert ("Utilisation" if lang == "fr-CA" else "Usage") in result.output
    assert ("Exemples" if lang == "fr-CA" else "Examples") in result.output


def test_every_command_of_the_contract_is_there():
    contract = """init new preview check fmt rule render send schedule status pause resume cancel verify report lists
    subscribers feedback serve worker migrate doctor archive backup restore config schema completion version
    resolve purge"""
    assert set(NAMES) >= set(contract.split())
    assert newsletter.names()["envoyer"] == "send"


def test_the_overview_speaks_the_language_of_the_call(run):
    assert "Écrire une infolettre" in run("--lang", "fr", "--help").output
    assert "Write a newsletter" in run("--help").output
    assert "Options de toutes les commandes" in run("--help", "--lang=fr-CA").output


def test_the_language_comes_from_line_environment_project_system(run, tmp_path, monkeypatch):
    assert "Write a newsletter" in run("--help").output
    (tmp_path / "newsletter.toml").write_text('[site]\nlang = "fr-CA"\n')
    assert "Écrire" in run("--help").output
    monkeypatch.setenv("NEWSLETTER_LANG", "en")
    assert "Write a newsletter" in run("--help").output
    assert "Écrire" in run("--lang", "fr", "--help").output


def test_a_misspelt_command_is_told_which_one_is_near(run):
    result = run("verzion")
    assert result.exit_code == 2
    assert "Did you mean “version”?" in result.stderr


def test_a_misspelt_option_is_told_which_one_is_near(run):
    result = run("version", "--jsn", "--lang", "fr")
    assert result.exit_code == 2
    assert "Il n’y a pas d’option '--jsn'" in result.stderr
    assert "--json" in result.stderr


def test_the_common_options_stand_before_or_after_the_command(run):
    before, after = run("--json", "version"), run("version", "--json")
    assert before.stdout == after.stdout
    assert json.loads(after.stdout)["ok"] is True


def test_an_error_is_one_json_object_when_json_was_asked_for(run_json):
    answer = run_json("version", "--nonsense", code=2)
    assert answer["ok"] is False
    assert answer["schema"] == "newsletter.error/1"
    assert answer["error"]["exit"] == 2
    assert answer["error"]["code"] == "NL901"


def test_no_command_shows_the_overview_and_is_wrong_usage(run):
    result = run()
    assert result.exit_code == 2
    assert "version" in result.stderr


@pytest.mark.parametrize("lang", ["fr-CA", "en-CA"])
def test_help_is_there_in_a_moment(lang):
    """150 ms on an idle machine, where click alone takes 60: neighbours slow both down alike."""
    shown, click = [], []
    for _round in range(8):
        shown.append(_processor_time("-m", "newsletter", "--help", "--lang", lang))
        click.append(_processor_time("-c", "import click"))
        if min(shown) < max(0.150, 2.5 * min(click)):
            return
    raise AssertionError((shown, click))


def _processor_time(*words):
    process = subprocess.Popen([sys.executable, *words], stdout=subprocess.DEVNULL)
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_utime + usage.ru_stime


def _after_help(lang, shown):
    """Print help in a process of its own, then what an expression is worth there."""
    code = f"""
import sys
from newsletter import language
from newsletter.cli.root import newsletter
try:
    newsletter.main(["--help", "--lang", {lang!r}])
except SystemExit:
    pass
print({shown})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_help_loads_no_stage():
    heavy = ("pydantic", "sqlalchemy", "rich", "babel", "jinja2", "lxml", "logging", "difflib", "shutil", "json")
    assert _after_help("en", f"[m for m in {heavy} if m in sys.modules]")[-1] == "[]"


def test_a_reader_that_stops_reading_stops_nothing(spawn):
    process = subprocess.Popen(
        [sys.executable, "-m", "newsletter", "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.close()
    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()
    assert process.wait(120) in (0, 1)


def test_no_color_is_obeyed(run, monkeypatch):
    assert "\x1b[" in run("verzion", "--color", "always").stderr
    assert "\x1b[" not in run("verzion").stderr


def test_names_of_values_are_the_same_whatever_language_was_spoken_first() -> None:
    """click.Path takes its own name from the language of the moment it is made: ours are written out."""
    assert not [
        (name, option.opts) for name, option in _options() if isinstance(option.type, click.Path) and not option.metavar
    ]


def _options() -> Iterator[tuple[str, click.Parameter]]:
    root = newsletter.context_class(newsletter, info_name="newsletter")
    for entry in newsletter.list_commands(root):
        command = newsletter.get_command(root, entry)
        members = command.commands.values() if isinstance(command, click.Group) else [command]
        for member in members:
            yield from ((f"{entry} {member.name}", option) for option in member.params)


def test_help_reads_no_more_catalogues_than_it_is_written_from():
    *said, read = _after_help("fr", "language._one.cache_info().currsize")
    assert any("Écrire une infolettre" in line for line in said)
    assert int(read) <= 2


@pytest.mark.parametrize(("columns", "wide"), [("60", 60), ("0", 80), ("many", 80), ("200", 80)])
def test_help_fits_the_width_that_the_terminal_names(spawn, monkeypatch, columns, wide):
    monkeypatch.setenv("COLUMNS", columns)
    longest = max(len(line) for line in spawn("--help", "--lang", "fr").stdout.splitlines())
    assert wide - 20 < longest <= wide
