"""The tree of commands, by who needs them: `newsletter --help` loads none of their modules."""

from __future__ import annotations

from newsletter.cli.frame import Entry, Root, Shelf
from newsletter.language import marked

newsletter = Root(
    help=marked(
        "Write a newsletter in Markdown, see what people will get, send it once to each of them, and prove it."
    ),
    shelves=(
        Shelf(
            title=marked("Write"),
            entries=(
                Entry("init", marked("Make a new project with a finished issue.")),
                Entry("new", marked("Begin an issue.")),
                Entry("preview", marked("See the issues in the browser, live."), aliases=("apercu",)),
                Entry("check", marked("Say what is wrong with an issue, line by line."), aliases=("verifier",)),
                Entry("fmt", marked("Write issues in their canonical form.")),
                Entry("rule", marked("Explain a finding's code.")),
                Entry("render", marked("Write an edition as HTML, text, mail or web page.")),
            ),
        ),
        Shelf(
            title=marked("Send"),
            entries=(
                Entry("send", marked("Plan, test or send an issue."), aliases=("envoyer",)),
                Entry("schedule", marked("Send an issue later, and see what is due."), aliases=("planifier",)),
                Entry("status", marked("Show where sends stand."), aliases=("etat",)),
                Entry("pause", marked("Hold a send; the rest waits.")),
                Entry("resume", marked("Go on with a send: to those who remain."), aliases=("reprendre",)),
                Entry("cancel", marked("End a send; the rest get nothing.")),
                Entry("verify", marked("Prove that every recipient is accounted for.")),
                Entry("resolve", marked("Decide what became of recipients in doubt.")),
                Entry("report", marked("Say what became of a send."), aliases=("rapport",)),
            ),
        ),
        Shelf(
            title=marked("People"),
            entries=(
                Entry("lists", marked("Show, make and test mailing lists.")),
                Entry("subscribers", marked("Import, export, find, show, forget, unsubscribe people.")),
                Entry("feedback", marked("Read bounces and complaints.")),
                Entry("purge", marked("Delete what need not be kept any longer.")),
                Entry("incidents", marked("Keep the register of confidentiality incidents.")),
            ),
        ),
        Shelf(
            title=marked("Operate"),
            entries=(
                Entry("serve", marked("Serve public pages, webhooks and the clock, and send.")),
                Entry("worker", marked("Send only, on one more host.")),
                Entry("migrate", marked("Bring the database up to this version.")),
                Entry("doctor", marked("Look for what would keep mail from arriving."), aliases=("diagnostic",)),
                Entry("archive", marked("Build the public archive.")),
                Entry("backup", marked("Copy everything that can not be made again into one file.")),
                Entry("restore", marked("Bring a backup back.")),
                Entry("config", marked("Show, check and set the configuration.")),
                Entry("schema", marked("Print a JSON Schema.")),
                Entry("completion", marked("Print a completion script for a shell.")),
                Entry("version", marked("Print the version.")),
            ),
        ),
    ),
)
