"""The texts that the scripts of writing and sending show."""

from __future__ import annotations

from newsletter.language import _


def desk_words() -> dict[str, str]:
    """Return every text of those scripts, in the language of the call."""
    return {**_writing(), **_sending()}


def _writing() -> dict[str, str]:
    return {
        "write": _("Write"),
        "saved_at": _("Saved at {time}"),
        "saving": _("Saving"),
        "not_saved": _("Not saved yet"),
        "opened": _("As it is in the file"),
        "conflict": _("Changed elsewhere"),
        "offline": _("Not saved: the preview does not answer"),
        "refused": _("Not saved: {why}"),
        "theirs_taken": _("The file was changed elsewhere: this is its text now."),
        "at_line": _("line {line}"),
        "insert": _("Insert: {name}"),
        "picture_placed": _("The picture is in the text: now say what it shows."),
        "pictures_only": _("Only pictures can be put here."),
        "edit_head": _("Subject, lists and date"),
        "earlier": _("Earlier forms"),
        "earlier_none": _("There is no earlier form yet: each save keeps one."),
        "restored": _("Restored. Undo takes it back."),
        "counter": _("{count} characters; a phone shows {phone}, a desktop {desktop}"),
        "in_text": _("More than this form can hold: change it in the text."),
        "new_issue": _("New issue"),
        "from_last": _("The last one"),
        "test_issue": _("Send a test"),
        "plan_issue": _("To send"),
        "all_sends": _("All sends"),
    }


def _sending() -> dict[str, str]:
    return {
        "hold": _("The first mail leaves in {count} s"),
        "call_off": _("Call it off: nobody gets it"),
        "end": _("End it for good…"),
        "time_left": _("{time} left"),
        "next_in": _("Next recipients in {time}."),
        "idle": _("Nobody is sending it at the moment. Go on with it here, or start newsletter serve."),
        "doubt": _("In doubt: {count}"),
        "doubtful": _("In doubt: {numbers}"),
    }
