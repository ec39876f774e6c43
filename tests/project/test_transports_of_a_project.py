import pytest
from lawful_project import FAR, configuration

from newsletter.errors import ConfigError
from newsletter.project.transports import identity_faults, leaves_this_machine, open_transport


@pytest.mark.parametrize(
    ("kind", "host", "leaves"),
    [
        ("files", "mail.example.org", False),
        ("console", "", False),
        ("smtp", "127.0.0.1", False),
        ("smtp", "::1", False),
        ("smtp", "localhost", False),
        ("smtp", "mail.example.org", True),
        ("smtp", "10.0.0.1", True),
        ("pigeon", "127.0.0.1", True),
    ],
)
def test_what_leaves_this_machine_is_known(make_project, kind, host, leaves):
    config = make_project(NEWSLETTER_TRANSPORT_KIND=kind, NEWSLETTER_SMTP_HOST=host).config
    assert leaves_this_machine(config) is leaves


def test_a_provider_on_loopback_does_not_leave_this_machine(make_project):
    environ = {"NEWSLETTER_TRANSPORT_KIND": "sendgrid", "NEWSLETTER_SENDGRID_BASE_URL": "http://127.0.0.1:99"}
    assert not leaves_this_machine(make_project(**environ).config)
    assert leaves_this_machine(make_project(NEWSLETTER_TRANSPORT_KIND="sendgrid").config)


def test_what_the_law_wants_is_named_with_its_place(make_project):
    whole = configuration()
    assert identity_faults(make_project(whole, **FAR).config) == []
    for key in ("postal_address", "contact", "privacy_officer_title", "privacy_officer_contact", "base_url"):
        text = "\n".join(line for line in whole.splitlines() if not line.startswith(key))
        faults = identity_faults(make_project(text, **FAR).config)
        assert [key in fault.message for fault in faults] == [True], key
    [fault] = identity_faults(make_project(whole.replace("[site]", '[site]\nexamples = ["contact"]'), **FAR).config)
    assert "contact is still an example" in fault.message


def test_an_unknown_transport_names_the_nearest(make_project):
    with pytest.raises(ConfigError) as caught:
        open_transport(make_project(NEWSLETTER_TRANSPORT_KIND="smpt").config)
    assert "smtp" in caught.value.hint
