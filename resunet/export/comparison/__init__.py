"""A comparison of sets of patients as files to hand on: one HTML page, and CSV tables."""

from resunet.export.comparison.page import comparison_page, write_comparison_html
from resunet.export.comparison.pictures import Pictures
from resunet.export.comparison.spreadsheets import write_comparison_tables
from resunet.export.comparison.words import Words

__all__ = [
    "Pictures",
    "Words",
    "comparison_page",
    "write_comparison_html",
    "write_comparison_tables",
]
