"""The texts that the scripts of the studio show: named here, so that they are translated like any other."""

from __future__ import annotations

from newsletter.language import _
from newsletter.web.preview.desk_words import desk_words


def script_words() -> dict[str, str]:
    """Return every text of the scripts, in the language of the call."""
    return {**_state(), **_mail(), **_findings(), **_keys(), **_axe(), **desk_words()}


def _state() -> dict[str, str]:
    return {
        "up_to_date": _("Up to date"),
        "updated_in": _("Updated in {ms} ms"),
        "updating": _("Updating"),
        "waiting": _("The preview has ended. Start it again: newsletter preview"),
        "stale": _("The last good picture, until this is mended"),
        "not_done": _("This could not be done."),
        "done": _("Done"),
        "copied": _("Copied"),
    }


def _mail() -> dict[str, str]:
    return {
        "reflow": _("Narrowest"),
        "phone": _("Phone"),
        "tablet": _("Tablet"),
        "full": _("Full width"),
        "own_width": _("Own width"),
        "pixels": _("{width} px"),
        "taken": _("No preheader: mail programs take the first words"),
        "size_of": _("{size} of 102 KB"),
        "size_fine": _("Gmail shows the whole mail."),
        "size_near": _("Gmail cuts at 102 KB: this is close."),
        "size_cut": _("Gmail hides what comes after 102 KB, the unsubscribe link included."),
        "line": _("Line {line}"),
        "line_of": _("{path}, line {line}"),
        "open_line": _("Edit at line {line}"),
    }


def _findings() -> dict[str, str]:
    return {
        "error": _("error"),
        "errors": _("errors"),
        "warning": _("warning"),
        "warnings": _("warnings"),
        "note": _("note"),
        "notes": _("notes"),
        "did_you_mean": _("Did you mean “{word}”?"),
        "fix": _("Mend this"),
        "fixed": _("Mended."),
        "show": _("Show in the mail"),
        "no_findings": _("Nothing to say: this issue is fine."),
        "axe_running": _("Looking"),
        "axe_fine": _("{count} checks passed, none failed."),
        "axe_failed": _("Accessibility could not be checked."),
        "axe_manual": _("{count} to be looked at by a person."),
    }


def _keys() -> dict[str, str]:
    return {
        "no_command": _("No command is called that."),
        "look_for_command": _("Look for a command"),
        "keys": _("Keys"),
        "scheme_light": _("Light interface"),
        "scheme_dark": _("Dark interface"),
        "scheme_system": _("Interface as the system has it"),
        "next_width": _("Next width"),
        "next_persona": _("Next reader"),
        "mode_authored": _("Dark as the theme wants it: Apple Mail"),
        "mode_inverted": _("Colours turned by force: Gmail, Outlook.com"),
        "mode_images": _("Images off"),
        "mode_remote": _("Remote images"),
        "mode_outlook": _("Roughly as Outlook for Windows"),
        "print": _("Print, or save as PDF"),
        "edit_here": _("Write at this line"),
        "no_editor": _("No editor was named for this preview."),
        "no_editor_hint": _("Start it with: newsletter preview --editor COMMAND"),
        "group_tabs": _("Look at"),
        "group_widths": _("Width"),
        "group_modes": _("Appearance"),
        "group_people": _("Read as"),
        "group_issues": _("Issues"),
        "group_actions": _("Do"),
    }


def _axe() -> dict[str, str]:
    """What axe's rules ask of a mail, in our words: its own are English in the file that the extra brings."""
    return {
        "axe_area-alt": _("A part of an image map has no text."),
        "axe_aria-allowed-role": _("An element has a role that it can not have."),
        "axe_aria-hidden-focus": _("A hidden element can be reached with the keyboard."),
        "axe_aria-roles": _("A role does not exist."),
        "axe_blink": _("Something blinks."),
        "axe_color-contrast": _("Text and ground are too near in colour."),
        "axe_document-title": _("The page has no title."),
        "axe_duplicate-id": _("Two elements have the same name."),
        "axe_empty-heading": _("A heading is empty."),
        "axe_heading-order": _("A level of headings is skipped."),
        "axe_html-has-lang": _("The page does not say its language."),
        "axe_html-lang-valid": _("The page's language is none."),
        "axe_image-alt": _("An image has no alternative text."),
        "axe_image-redundant-alt": _("An image says the same as the text beside it."),
        "axe_label": _("A field has no label."),
        "axe_link-in-text-block": _("A link is told from its text by colour alone."),
        "axe_link-name": _("A link has no text."),
        "axe_list": _("A list holds something that is no item."),
        "axe_listitem": _("An item stands in no list."),
        "axe_marquee": _("Something moves across the page."),
        "axe_meta-viewport": _("The page can not be enlarged."),
        "axe_presentation-role-conflict": _("An element is said to be decoration, and is not."),
        "axe_role-img-alt": _("A drawing has no alternative text."),
        "axe_scope-attr-valid": _("A table's heading says wrongly what it is the heading of."),
        "axe_svg-img-alt": _("A drawing has no alternative text."),
        "axe_table-duplicate-name": _("A table's title and its summary are the same."),
        "axe_td-headers-attr": _("A cell names a heading that is not in its table."),
        "axe_th-has-data-cells": _("A table's heading is the heading of nothing."),
        "axe_valid-lang": _("A passage is marked with a language that is none."),
    }
