"""Takes rows of a table out of BigQuery, as a file that analysts can open."""

from atvos.export.rows import Export, ExportError, Span, find
from atvos.export.writers import Format, Style, write

__all__ = ["Export", "ExportError", "Format", "Span", "Style", "find", "write"]
