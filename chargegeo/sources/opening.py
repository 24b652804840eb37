"""Whether a name leads to a regular file that may be opened."""

from pathlib import Path

from chargegeo import errors


def regular(path: str | Path) -> Path:
    """The place of a regular file; a folder, a pipe, a lock file or no file at all is refused.

    Raises
    ------
    MissingFile
        If there is no such file.
    FormatFault
        If it is no regular file.
    """
    file = str(path)
    try:
        place = Path(path)
        if place.is_dir():
            raise errors.FormatFault(errors.Fault("is_folder", file=file))
        if not place.exists():
            raise errors.MissingFile(errors.Fault("missing_file", file=file))
        if place.name.startswith("~$"):
            raise errors.FormatFault(errors.Fault("lock_file", file=file))
        # a pipe or a device never ends
        if not place.is_file():
            raise errors.FormatFault(
                errors.Fault("unreadable", file=file, params={"reason": "not a regular file"})
            )
        return place
    except OSError as error:
        if isinstance(error, errors.ChargegeoError):
            raise
        reason = error.strerror or type(error).__name__
        raise errors.FormatFault(errors.Fault("unreadable", file=file, params={"reason": reason})) from None
    except ValueError as error:
        if isinstance(error, errors.ChargegeoError):
            raise
        # a name with a NUL names no file
        raise errors.MissingFile(errors.Fault("missing_file", file=file)) from None
