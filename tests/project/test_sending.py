"""What a send is from: who is named as its sender, for which lists, and a mail that shows what was previewed."""

import email
import email.policy

import pytest

from newsletter.errors import ConfigError, RefusedError, UsageError
from newsletter.project.letters import inert_links
from newsletter.project.sending import sender_of

CONFIG = """
[site]
name = "Coalition"
[sender.first]
from = "First <first@example.org>"
reply_to = "reply@example.org"
[sender.second]
from = "Second <second@example.org>"
"""
LIST = 'sender = "second"\n[title]\nfr-CA = "Membres"\n'


def issue(**head):
    lines = "".join(f"{key}: {value}\n" for key, value in {"subject": "Décembre", "status": "ready", **head}.items())
    return f'---\n{lines}---\n\nBonjour {{{{ subscriber.first_name | default("toi") }}}}.\n'


@pytest.fixture
def project(make_project):
    return make_project(
        CONFIG,
        files={
            "subscribers/membres.toml": LIST,
            "subscribers/autres.toml": "",
            "issues/a.md": issue(audience="[membres]"),
            "issues/b.md": issue(),
            "issues/c.md": issue(**{"from": "Other <other@example.org>", "reply_to": "first", "audience": "[autres]"}),
            "issues/d.fr.md": issue(audience="[membres]"),
            "issues/d.en.md": issue(audience="[membres]", lang="en-CA", subject="December"),
        },
    )


@pytest.mark.parametrize(
    ("name", "sender", "reply"),
    [
        ("a", "Second <second@example.org>", ""),
        ("b", "First <first@example.org>", "reply@example.org"),
        ("c", "Other <other@example.org>", "First <first@example.org>"),
    ],
)
def test_the_sender_is_the_issues_else_the_lists_else_the_first(project, name, sender, reply):
    front = project.read_set(name)[0].front
    mailing_list = project.lists["membres" if name == "a" else "autres"]
    found = sender_of(project, front, mailing_list)
    assert (found.from_, found.reply_to) == (sender, reply)


def test_without_any_sender_the_configuration_is_at_fault(make_project):
    project = make_project(files={"subscribers/autres.toml": ""})
    with pytest.raises(ConfigError, match="no sender"):
        sender_of(project, None, project.lists["autres"])


def test_an_issue_without_a_list_asks_for_one(project):
    with pytest.raises(UsageError, match="For whom"):
        project.plan("b")


def test_lists_that_hold_nobody_are_refused(project):
    with pytest.raises(RefusedError, match="Nobody"):
        project.plan("a")


def test_a_personas_mail_is_the_same_each_time_and_in_their_language(project):
    first, second = (project.rendered("d", "eml")[0].content for _round in range(2))
    assert first == second
    mails = [
        email.message_from_bytes(each.content, policy=email.policy.default) for each in project.rendered("d", "eml")
    ]
    assert [mail["Subject"] for mail in mails] == ["Décembre", "December"]


def test_inert_links_are_as_long_as_real_ones(project):
    from newsletter.audience.subscriber import Subscriber
    from newsletter.delivery.send import Send
    from newsletter.project.letters import links_for

    reader = Subscriber(id=1, key="a" * 32, address="x@example.org")
    send = Send.__new__(Send)
    object.__setattr__(send, "id", 1)
    object.__setattr__(send, "issue", "a")
    real = links_for(project, send, project.lists["membres"])
    assert len(real.unsubscribe(reader)) == len(inert_links(project).unsubscribe(reader))
    assert real.unsubscribe(reader).startswith("http://127.0.0.1:8080/u/")
