"""An `Issue` and a theme come in; an `Edition` goes out: HTML and text as segments, ready for anybody.

Pure: no clock, no network, no database, and no text of an author ever passes through MRML.
"""
