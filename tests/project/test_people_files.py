import pytest

from newsletter.errors import ConfigError, UsageError
from newsletter.project.people import create_list


def test_lists_and_personas_are_read_from_their_files(make_project):
    project = make_project(
        files={
            "subscribers/membres.toml": '[title]\nfr-CA = "Membres"\n',
            "subscribers/personas.toml": '[[persona]]\nkey = "zoe"\nname = "Zoé"\nlists = ["membres"]\n',
        }
    )
    assert project.lists["membres"].title_in("fr-CA") == "Membres"
    assert project.lists["membres"].languages == ("fr-CA", "en-CA")
    assert project.personas["zoe"].first_name == "Zoé"
    assert list(project.lists) == ["membres"]


def test_a_persona_is_nobody(make_project):
    project = make_project(files={"subscribers/personas.toml": '[[persona]]\nkey = "zoe"\n'})
    assert project.personas["zoe"].address.endswith("@example.org")
    assert project.personas["zoe"].id == 0


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("titel = 1\n", "subscribers/membres.toml:1:1"),
        ('sender = "nobody"\n', "subscribers/membres.toml:1:1"),
        ("public = maybe\n", "subscribers/membres.toml:1:10"),
        ('[title]\nfrench = "x"\n', "subscribers/membres.toml:2:"),
    ],
)
def test_a_fault_of_a_list_stands_at_its_place(make_project, text, place):
    project = make_project("[sender.redaction]\nfrom = 'a@example.org'\n", files={"subscribers/membres.toml": text})
    with pytest.raises(ConfigError) as caught:
        _ = project.lists
    assert str(caught.value.findings[0].location).startswith(place)


def test_a_new_list_is_a_file_that_can_be_read(make_project):
    project = make_project('[site]\nname = "Coalition \\"X\\""\n')
    create_list(project.config, "comite-formation")
    found = project.lists["comite-formation"]
    assert found.double_opt_in
    assert "Coalition" in found.consent_in("fr-CA")
    with pytest.raises(UsageError, match="already"):
        create_list(project.config, "comite-formation")


@pytest.mark.parametrize("name", ["personas", "list", "Membres", "a b", "../x", ""])
def test_a_name_that_can_not_be_a_lists_is_refused(make_project, name):
    with pytest.raises(UsageError, match="list's name"):
        create_list(make_project().config, name)
