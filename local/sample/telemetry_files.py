"""Puts lines of telemetry into objects: plain and packed, whole and truncated."""

import gzip
import zlib

from local.sample.telemetry_rows import CSV_COLUMNS
from local.sample.timeline import Form, Part

CSV_FORMS = (Form.CSV, Form.CSV_GZ)
_SUFFIXES = {
    Form.NDJSON_GZ: ".json.gz",
    Form.TRUNCATED_GZ: ".json.gz",
    Form.CSV: ".csv",
    Form.CSV_GZ: ".csv.gz",
}


def object_name(feed: str, part: Part) -> str:
    """The object's name in the landing bucket, one of them hostile."""
    folder = f"{feed}/{part.day.date:%Y/%m/%d}"
    if part.form is Form.HOSTILE_NAME:
        return f'{folder}/reenvio d\'água; DROP TABLE "frota" #{part.index}.json'
    return f"{folder}/part-{part.index:05d}{_SUFFIXES.get(part.form, '.json')}"


def encoded(part: Part, texts: list[str]) -> bytes:
    """The whole object. Line ends and blank lines vary, as they do between systems."""
    if part.form is Form.CSV:
        # The last record stays without an end.
        return ("\ufeff" + "\r\n".join([",".join(CSV_COLUMNS), *texts])).encode()
    if part.form is Form.CSV_GZ:
        texts = [",".join(f'"{column}"' for column in CSV_COLUMNS), *texts]
    if part.form is Form.HOSTILE_NAME:
        return "\r\n".join(["", *texts, "  "]).encode()
    content = ("\n".join(texts) + "\n").encode("latin-1" if part.form is Form.LATIN_1 else "utf-8")
    if part.form in (Form.NDJSON_GZ, Form.CSV_GZ):
        return gzip.compress(content, 6, mtime=0)
    return content


def truncated(texts: list[str], whole: int) -> bytes:
    """A gzip stream that ends after ``whole`` lines and half of the next.

    The cut is where zlib was told to write out all that it had: every decoder, however it
    buffers, finds the same bytes before the damage.
    """
    text = "".join(f"{line}\n" for line in texts[:whole])
    if texts:
        text += texts[whole][: len(texts[whole]) // 2]
    stream = zlib.compressobj(6, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return stream.compress(text.encode()) + stream.flush(zlib.Z_SYNC_FLUSH)
