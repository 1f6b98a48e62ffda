"""A report of two pages as PDF: pictures and numbers at a glance, then how they were made."""

from resunet.export.report.document import write_report

__all__ = ["write_report"]
