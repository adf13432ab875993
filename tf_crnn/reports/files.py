"""Names of the files that an evaluation leaves."""

REPORT_JSON = "report.json"
REPORT_HTML = "report.html"
LINES_CSV = "lines.csv"
WORST_LINES_CSV = "worst_lines.csv"
CURVES_PNG = "learning_curves.png"
CONFUSIONS_CSV = "confusions.csv"
CONFUSIONS_PNG = "confusions.png"
