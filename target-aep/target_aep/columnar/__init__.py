"""The one columnar way: lines or files of any tap → Arrow table → XDM table → Parquet files.

RECORD messages are collected and turned into a table (:mod:`.records`), BATCH files are opened as one
(:mod:`.batch_files`); both have the columns that follow from the stream's SCHEMA
(:mod:`.singer_schema`). From there on there is no difference: :mod:`.row_mapper` maps and validates,
:mod:`.pipeline` does that beside the reading, :mod:`.spool` writes files.
"""
