"""From a stream's Singer schema and settings to a dataset it can be loaded into.

``fields`` and ``names`` say what a Singer schema is in XDM, ``mapping`` completes the mapping set,
``desire`` says what the schema must hold, ``survey`` looks at what is there, ``plan`` compares the
two into ``actions``, and ``prepare`` carries them out and returns the stream's ``Destination``.
"""
