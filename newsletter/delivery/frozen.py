"""The editions of a send, kept with it: written when it is confirmed, in the same transaction, and never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from newsletter.edition.edition import Attachment, Edition
from newsletter.edition.freezing import FORMAT, from_json, to_json
from newsletter.store.tables import ledger as tables

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.store.database import Store


def keep_editions(connection: Connection, number: int, editions: Sequence[Edition]) -> None:
    """Write the editions of a new send, and the files that travel with them."""
    for edition in editions:
        connection.execute(
            insert(tables.edition).values(
                send_id=number, lang=edition.lang, format=FORMAT, digest=edition.digest, content=to_json(edition)
            )
        )
        files = [
            {
                "send_id": number,
                "lang": edition.lang,
                "seq": seq,
                "filename": each.filename,
                "media_type": each.media_type,
                "cid": each.cid,
                "content": each.content,
            }
            for seq, each in enumerate(edition.attachments)
        ]
        if files:
            connection.execute(insert(tables.edition_file), files)


def load_editions(store: Store, number: int) -> Mapping[str, Edition]:
    """Return the editions of a send by language, as they were confirmed."""
    edition, file = tables.edition.c, tables.edition_file.c
    with store.read() as connection:
        rows = connection.execute(
            select(edition.lang, edition.format, edition.content)
            .where(edition.send_id == number)
            .order_by(edition.lang)
        ).all()
        files = connection.execute(select(tables.edition_file).where(file.send_id == number).order_by(file.seq)).all()
    return {
        row.lang: from_json(
            row.content,
            format=row.format,
            attachments=[
                Attachment(filename=each.filename, media_type=each.media_type, cid=each.cid, content=each.content)
                for each in files
                if each.lang == row.lang
            ],
        )
        for row in rows
    }
