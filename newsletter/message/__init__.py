"""An `Edition` and a `Subscriber` come in; a `Message` goes out: finished MIME bytes and an envelope.

Pure and byte-identical for the same input: no database, no clock, no randomness, no network.
"""
