"""People come in; an `Audience` goes out: who asked for a list, may be written to, and was not excluded.

Nobody without a live consent is ever in an audience, and nothing here ever re-activates anybody.
Names that need the database are handed on when first asked for, so that `message` loads none of it.
"""
