"""Data sets as folders: labelled lines written as CSVs with alphabet, documents and a record."""
