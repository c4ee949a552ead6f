"""Between the command line and a person: whole files or none, plain or colored text, progress, problems."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from irlbayes.core.errors import InputError


def check_output(output: Path | None, option: str = "--output") -> None:
    """Refuse an output that cannot be written before the work starts."""
    from irlbayes.core.errors import InputError, Problem

    if output is None:
        return
    if output.is_dir():
        raise InputError(Problem(option, "a file, not a folder", "Name the file.", value=str(output)))
    if not output.resolve().parent.is_dir():
        raise InputError(Problem(option, "a file in a folder that exists", "Make the folder first.", value=str(output)))


def check_folder(folder: Path | None, option: str) -> None:
    """Refuse a folder that is a file, or that cannot be made, before the work starts."""
    from irlbayes.core.errors import InputError, Problem

    if folder is None:
        return
    if folder.exists() and not folder.is_dir():
        raise InputError(Problem(option, "a folder, not a file", "Name the folder.", value=str(folder)))
    if not folder.resolve().parent.is_dir():
        raise InputError(Problem(option, "a folder in one that exists", "Make that first.", value=str(folder)))


def check_format(output_format: str, formats: Sequence[str] = ("table", "json")) -> None:
    """Refuse a format that there is none of."""
    from irlbayes.core.errors import refuse_unknown

    refuse_unknown("--format", [output_format], formats)


def answer(
    output_format: str, output: Path | None, rendered: Callable[[], Any], document: Callable[[], Mapping[str, Any]]
) -> None:
    """Tell an answer as a page or as a JSON document, on standard output or in a file."""
    if output_format == "json":
        from irlbayes.report.document import to_json

        deliver(to_json(document()), output)
    else:
        page(rendered(), output)


def page(rendered: Any, output: Path | None) -> None:
    """Show a page, or write it to a file as plain text."""
    if output is None:
        show(rendered)
        return
    from irlbayes.report.table import to_text

    save(to_text(rendered), output)


def deliver(text: str, output: Path | None) -> None:
    """Write text to standard output, or to a file."""
    if output is None:
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        save(text, output)


def draw(pictures: Mapping[str, bytes], folder: Path) -> None:
    """Write pictures by the names of their files, and say on standard error where."""
    folder.mkdir(exist_ok=True)
    for name, picture in pictures.items():
        save(picture, folder / name)
    count = len(pictures)
    sys.stderr.write(f"{count} {'figure' if count == 1 else 'figures'} in {folder}\n")


def deposit(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files by their names, and say on standard error where."""
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        save(content, folder / name)
    sys.stderr.write(f"{len(files)} files in {folder}\n")


def sampled(took: Mapping[str, Mapping[str, float]]) -> None:
    """Say on standard error what sampling each outcome took; nothing of those without sampling."""
    for name, times in took.items():
        if times:
            sys.stderr.write(
                f"{name} sampled: compiled in {times['compile_seconds']:.1f} s, sampled in"
                f" {times['sampling_seconds']:.1f} s, {times['ess_per_second']:.0f} effective draws a second\n"
            )


def save(content: str | bytes, output: Path) -> None:
    """Write a file whole or not at all."""
    from irlbayes.core.errors import InputError, Problem

    data = content.encode() if isinstance(content, str) else content
    part = None
    try:
        with tempfile.NamedTemporaryFile("wb", dir=output.resolve().parent, delete=False) as file:
            part = Path(file.name)
            file.write(data)
        part.chmod(0o666 & ~_umask())
        os.replace(part, output)
    except OSError as error:
        raise InputError(
            Problem(
                "--output",
                f"the file cannot be written: {error.strerror or error}",
                "Choose another place.",
                value=str(output),
            )
        ) from None
    finally:
        if part is not None:  # of what was interrupted
            part.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def show(content: Any) -> None:
    """Print to standard output: with color to a terminal, as plain text of a fixed width elsewhere."""
    if sys.stdout.isatty():
        from rich.console import Console

        Console().print(content)
    else:
        from irlbayes.report.table import to_text

        sys.stdout.write(to_text(content))
        sys.stdout.flush()


class Progress:
    """Progress on standard error, when a person watches; it leaves nothing behind."""

    def __init__(self, wanted: bool) -> None:
        self.wanted = wanted and sys.stderr.isatty()

    def __enter__(self) -> Any:
        return self._show if self.wanted else None

    def _show(self, name: str, number: int, count: int) -> None:
        sys.stderr.write(f"\r\033[K{number}/{count} {name}")
        sys.stderr.flush()

    def __exit__(self, *exception: object) -> None:
        if self.wanted:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()


class Bar:
    """A bar on standard error with the time that is left, when a person watches; it leaves nothing behind."""

    def __init__(self, wanted: bool) -> None:
        self.wanted = wanted and sys.stderr.isatty()
        self.bar: Any = None
        self.task: Any = None

    def __enter__(self) -> Any:
        return self._show if self.wanted else None

    def _show(self, name: str, number: int, count: int) -> None:
        if self.bar is None:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
            self.bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self.bar.start()
            self.task = self.bar.add_task(name, total=count, completed=number - 1)
        self.bar.update(self.task, completed=number, description=name)

    def __exit__(self, *exception: object) -> None:
        if self.bar is not None:
            self.bar.stop()


def problems(error: InputError) -> None:
    """Print every problem of an input on standard error."""
    from rich.console import Console

    from irlbayes.report import table

    count = len(error.problems)
    sys.stderr.write(f"error: {count} {'problem' if count == 1 else 'problems'} in the input; nothing was computed\n")
    if sys.stderr.isatty():
        Console(stderr=True).print(table.problems(error.problems))
    else:
        sys.stderr.write(table.to_text(table.problems(error.problems), width=160))
