"""The tree of commands, by who needs them: `newsletter --help` loads none of their modules."""

from __future__ import annotations

from newsletter.cli.frame import N_, Entry, Root, Shelf

newsletter = Root(
    help=N_("Write a newsletter in Markdown, see what people will get, send it once to each of them, and prove it."),
    shelves=(
        Shelf(
            title=N_("Write"),
            entries=(
                Entry("init", N_("Make a new project with a finished issue.")),
                Entry("new", N_("Begin an issue.")),
                Entry("preview", N_("See the issues in the browser, live."), aliases=("apercu",)),
                Entry("check", N_("Say what is wrong with an issue, line by line."), aliases=("verifier",)),
                Entry("fmt", N_("Write issues in their canonical form.")),
                Entry("rule", N_("Explain a finding's code.")),
                Entry("render", N_("Write an edition as HTML, text, mail or web page.")),
            ),
        ),
        Shelf(
            title=N_("Send"),
            entries=(
                Entry("send", N_("Plan, test or send an issue."), aliases=("envoyer",)),
                Entry("schedule", N_("Send an issue later, and see what is due."), aliases=("planifier",)),
                Entry("status", N_("Show where sends stand."), aliases=("etat",)),
                Entry("pause", N_("Hold a send; the rest waits.")),
                Entry("resume", N_("Go on with a send: to those who remain."), aliases=("reprendre",)),
                Entry("cancel", N_("End a send; the rest get nothing.")),
                Entry("verify", N_("Prove that every recipient is accounted for.")),
                Entry("resolve", N_("Decide what became of recipients in doubt.")),
                Entry("report", N_("Say what became of a send."), aliases=("rapport",)),
            ),
        ),
        Shelf(
            title=N_("People"),
            entries=(
                Entry("lists", N_("Show, make and test mailing lists.")),
                Entry("subscribers", N_("Import, export, show, forget, unsubscribe people.")),
                Entry("feedback", N_("Read bounces and complaints.")),
                Entry("purge", N_("Delete what need not be kept any longer.")),
            ),
        ),
        Shelf(
            title=N_("Operate"),
            entries=(
                Entry("serve", N_("Serve public pages, webhooks and the clock, and send.")),
                Entry("worker", N_("Send only, on one more host.")),
                Entry("migrate", N_("Bring the database up to this version.")),
                Entry("doctor", N_("Look for what would keep mail from arriving."), aliases=("diagnostic",)),
                Entry("archive", N_("Build the public archive.")),
                Entry("backup", N_("Copy everything that can not be made again into one file.")),
                Entry("restore", N_("Bring a backup back.")),
                Entry("config", N_("Show, check and set the configuration.")),
                Entry("schema", N_("Print a JSON Schema.")),
                Entry("completion", N_("Print a completion script for a shell.")),
                Entry("version", N_("Print the version.")),
            ),
        ),
    ),
)
