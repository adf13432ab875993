"""Two or more runs against each other: which lines each reads better, and whether by chance."""
