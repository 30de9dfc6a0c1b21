"""From a stream to its rows and bookmarks: which rows, whether they are all, what is new, what is gone."""
