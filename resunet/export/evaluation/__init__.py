"""An evaluation as files: JSON, two tables for spreadsheets, and one HTML page."""

from resunet.export.evaluation.files import FILES, write_evaluation
from resunet.export.evaluation.page import evaluation_page

__all__ = ["FILES", "evaluation_page", "write_evaluation"]
