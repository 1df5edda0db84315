"""The report of a run, and of several side by side: a page, and tables and figures as files.

May import what ``evaluation`` may, and Matplotlib and Jinja, which load when a report is written.
"""

from radiogenomics.evaluation.report.report import write_report
from radiogenomics.evaluation.report.side_by_side.writing import write_comparison
from radiogenomics.evaluation.report.writing import Written

__all__ = ["Written", "write_comparison", "write_report"]
