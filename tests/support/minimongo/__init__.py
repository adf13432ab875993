"""A stand-in for a MongoDB server, for tests: the wire protocol over one SQLite file.

It knows what Sacred's observer, PyMongo, GridFS and Omniboard ask for: inserts, queries, updates,
aggregations. It has no indexes, transactions, authentication or change streams. An operator that it
does not know is an error that names it.
"""
