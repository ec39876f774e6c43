"""A spreadsheet comes in; who would be subscribed, and why not, goes out; nothing is written unless all of it is.

An import never re-activates anybody: a suppression, an ended subscription and a row that says
« unsubscribed » all win over the file's other rows and over the consent it claims.
"""

from newsletter.audience.importing.options import ImportOptions
from newsletter.audience.importing.outcomes import ImportReport, Outcome, RowOutcome, Why
from newsletter.audience.importing.run import apply_import, plan_import

__all__ = ["ImportOptions", "ImportReport", "Outcome", "RowOutcome", "Why", "apply_import", "plan_import"]
