"""Files of ours that hold customers' values or decide on them: private, and durable when written.

A folder is any URL that fsspec knows. On a local disk a file is 0600 in folders of 0700, and is synced
together with its folder before a write returns; an object store makes a file durable and whole by
itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import fsspec
from fsspec.implementations.local import LocalFileSystem

from target_aep.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE_MODE = 0o600
FOLDER_MODE = 0o700


class PrivateFolder:
    """A folder and what is below it.

    Args:
        url: Path or URL; a folder that is not there yet is made at the first write.

    Raises:
        ConfigurationError: No installed library knows the URL's scheme.
    """

    def __init__(self, url: str | os.PathLike[str]) -> None:
        try:
            self._fs, root = fsspec.core.url_to_fs(os.fspath(url))
        except (ImportError, ValueError) as error:
            what = f"{os.fspath(url)!r} cannot be used as a folder: {error}."
            raise ConfigurationError(
                what, remedy="Install the extra for this kind of storage, e.g. target-aep[s3]."
            ) from None
        self._root = root.rstrip("/")
        self.local: Path | None = Path(self._root) if isinstance(self._fs, LocalFileSystem) else None

    def __truediv__(self, name: str) -> PrivateFolder:
        child = object.__new__(PrivateFolder)
        child._fs, child._root = self._fs, f"{self._root}/{name}"
        child.local = None if self.local is None else self.local / name
        return child

    def __str__(self) -> str:
        return str(self._fs.unstrip_protocol(self._root)) if self.local is None else str(self.local)

    def write(self, name: str, content: bytes) -> None:
        """Write a file as a whole: readers see the former content or the new one, never a part."""
        if self.local is None:
            self._fs.makedirs(self._root, exist_ok=True)
            self._fs.pipe_file(f"{self._root}/{name}", content)
            return
        folder = self._make()
        temporary = folder / f".{name}.{os.getpid()}.part"
        with _open_private(temporary) as file:
            file.write(content)
            _sync(file)
        temporary.replace(folder / name)
        _sync_folder(folder)

    @contextlib.contextmanager
    def appending(self, name: str) -> Iterator[BinaryIO]:
        """Open a file that grows; it is durable when the block ends.

        On object stores, which cannot append, it is written anew at the end.
        """
        if self.local is not None:
            folder = self._make()
            with _open_private(folder / name, os.O_APPEND) as file:
                yield file
                _sync(file)
            _sync_folder(folder)
            return
        self._fs.makedirs(self._root, exist_ok=True)
        with self._fs.open(f"{self._root}/{name}", "wb") as remote:
            yield cast("BinaryIO", remote)

    def read(self, name: str) -> bytes | None:
        """Return a file's content, or None when there is none."""
        try:
            return bytes(self._fs.cat_file(f"{self._root}/{name}"))
        except FileNotFoundError:
            return None

    def names(self) -> list[str]:
        """Names of the files and folders directly below, sorted; half-written ones left out."""
        self._fs.invalidate_cache()
        try:
            entries: list[Any] = self._fs.ls(self._root, detail=False)
        except FileNotFoundError:
            return []
        found = {str(entry).rstrip("/").rpartition("/")[2] for entry in entries}
        return sorted(name for name in found if name and not name.startswith("."))

    def modified(self, name: str) -> float | None:
        """Time of a file's last change in seconds since the epoch, where the storage tells it."""
        try:
            return float(self._fs.modified(f"{self._root}/{name}").timestamp())
        except (FileNotFoundError, NotImplementedError, AttributeError):
            return None

    def delete(self, name: str) -> None:
        """Delete a file or folder; one that is gone is fine."""
        with contextlib.suppress(FileNotFoundError):
            self._fs.rm(f"{self._root}/{name}", recursive=True)

    def make(self) -> None:
        """Make the folder itself."""
        if self.local is None:
            self._fs.makedirs(self._root, exist_ok=True)
        else:
            self._make()

    def _make(self) -> Path:
        folder = cast("Path", self.local)
        make_private(folder)
        return folder


def make_private(folder: Path) -> None:
    """Make a folder on a disk, and those above it that are missing, for nobody else to read."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=FOLDER_MODE, exist_ok=True)


def file_name(text: str) -> str:
    """Turn any text (a stream's name) into a file name that is legible and still unique."""
    slug = re.sub(r"[^\w-]+", "-", text, flags=re.ASCII).strip("-")[:80]
    if slug == text:
        return slug
    # Two names that look alike once simplified must not share a file.
    return f"{slug or 'x'}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"

    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _open_private(path: Path, flags: int = os.O_TRUNC) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | flags, FILE_MODE), "wb")


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make a new or renamed entry of a folder durable; not every system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
