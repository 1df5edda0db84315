"""The report of a run: one page, and its tables and figures as files.

May import what ``evaluation`` may, and Matplotlib and Jinja, which load when a report is written.
"""

from radiogenomics.evaluation.report.report import Written, write_report

__all__ = ["Written", "write_report"]
