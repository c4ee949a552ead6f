"""The living evidence: rows are added, and each addition is kept with what the evidence said before and after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from irlbayes import drafting, standing, telling
from irlbayes.core.errors import InputError, Problem, refuse_unknown
from irlbayes.core.examining import Pooled
from irlbayes.core.recorded import Recorded
from irlbayes.core.types import Finding, Outcome, ReportTable
from irlbayes.drafting import Drafted, Group
from irlbayes.effects import forensic
from irlbayes.ledger import store
from irlbayes.ledger.book import Book, Moved
from irlbayes.posterior.surface_reading import read
from irlbayes.receiving import Cells, Received, receive
from irlbayes.standing import Standing
from irlbayes.updating import Track

SELDOM = 1.25  # growth of a ledger in one sitting after which its surfaces are put on file again
MOST_TRIES = 100  # at a ledger that others keep writing to


@contextmanager
def open_ledger(path: str | Path, write: bool = True) -> Iterator[Ledger]:
    """Open a ledger.

    Parameters
    ----------
    path : str or Path
    write : bool
        Whether rows may be added.

    Yields
    ------
    Ledger

    Raises
    ------
    InputError
        A file that is no ledger, or that cannot be opened.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from irlbayes.opening import init_ledger
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "mine.ledger"
    ...     _ = init_ledger(file, None, empty=True)
    ...     with open_ledger(file) as ledger:
    ...         (first,) = ledger.add([{"study": "example", "ai": 9, "n1i": 40, "ci": 4, "n2i": 40}])
    ...         round(first.changes[0].after["mu"]["p_gt_null"], 2), len(ledger)
    (0.85, 2)
    """
    with store.opened(Path(path), write) as book:
        ledger = Ledger(book)
        yield ledger
        if write and ledger.unsaved:
            ledger.save()


class Ledger:
    """An open ledger: what stands in it, and the outcomes that were pooled so far. From `open_ledger`.

    Parameters
    ----------
    book : Book
    """

    def __init__(self, book: Book) -> None:
        self.book = book
        self.path = str(book.path)
        self.standing: Standing = standing.stand(self.path, book.entries())
        self.latest = self.standing  # with what was added last, in a dry run too
        self.tracks: Mapping[str, Track] = {}
        self.unsaved: set[str] = set()  # outcomes whose surface is not on file
        self.saved = 0  # entries when surfaces were last put on file

    def __len__(self) -> int:
        """How many entries there are."""
        return self.standing.count

    @property
    def head(self) -> str:
        """Hash of the last entry."""
        return self.standing.head

    def table(self) -> ReportTable:
        """Return the rows in force as an evidence base, every rule checked again."""
        return standing.table(self.standing)

    def log(self, outcome: str | None = None) -> tuple[Recorded, ...]:
        """Return what every entry says, or only those with a row of one outcome, of that one."""
        found = telling.log(self.book.entries(), self.standing)
        if outcome is None:
            return found
        return telling.about(found, self._outcome(outcome).name)

    def entry(self, number: int) -> Recorded:
        """Return what one entry says; `InputError` where there is none of that number."""
        self.book.entry(number)
        return telling.log(self.book.entries(stop=number + 1), self.standing)[-1]

    def trajectory(self, outcome: str) -> tuple[dict[str, Any], ...]:
        """Return what the evidence said of an outcome along the way, beside what was said before any data.

        Parameters
        ----------
        outcome : str

        Returns
        -------
        tuple of dict
            As of `telling.trajectory`.
        """
        known = self._outcome(outcome)
        return telling.trajectory(self.book.entries(), known, self.standing.priors.get(outcome))

    def findings(self, entries: Sequence[Recorded]) -> tuple[Finding, ...]:
        """Return what looks wrong about the rows of entries that `add` returned last, among all rows then in force.

        Parameters
        ----------
        entries : sequence of Recorded
        """
        ids = {str(row["cells"]["id"]) for one in entries for row in one.rows}
        try:
            found = forensic.findings(standing.table(self.latest))
        except InputError:  # a row of another version; the new ones are written all the same
            return ()
        return tuple(one for one in found if ids & {*one.reports})

    def posterior(self, outcome: str) -> Pooled:
        """Return the pooled unknowns of an outcome as they stand.

        Parameters
        ----------
        outcome : str

        Raises
        ------
        InputError
            No such outcome, or no row of it entered.
        """
        self._outcome(outcome)
        track = self._track(outcome)
        if track is None or not track.speaks:
            raise InputError(Problem("outcome", "an outcome of which a row entered", "Add one.", value=outcome))
        if track.surface is None:
            return track.known.pooled
        found = read(track.surface)
        return Pooled(found.mu, found.tau, found.theta_new, found.log_marginal_likelihood, found.error_bound)

    def add(
        self,
        rows: str | Path | Sequence[Cells],
        *,
        supersedes: int | None = None,
        reason: str = "",
        expected_head: str = "",
        sheet: str | None = None,
        studies: str | Path | None = None,
        dry_run: bool = False,
    ) -> tuple[Recorded, ...]:
        """Add rows: an entry per study, all of them or none.

        Parameters
        ----------
        rows : str, Path or sequence of Mapping
            A file of any kind that an analysis reads, or rows as cells by column.
        supersedes : int, optional
            Entry whose rows are corrected: rows with its ids take their place, in one entry.
        reason : str
            Why; needed with ``supersedes``.
        expected_head : str
            First digits of the hash that the ledger must end with.
        sheet : str, optional
            Sheet of a spreadsheet.
        studies : str or Path, optional
            A table like `studies.csv` about new studies.
        dry_run : bool
            Whether nothing is written.

        Returns
        -------
        tuple of Recorded
            What each entry changed.

        Raises
        ------
        InputError
            With everything that is wrong with the rows; nothing is written then.
        """

        def prepare() -> tuple[Received, list[Group]]:
            replaceable = _replaceable(self.standing, supersedes, reason)
            received = receive(rows, self.standing, replaceable=replaceable, sheet=sheet, studies=studies)
            if supersedes is None:
                return received, drafting.by_study(received.reports)
            _refuse_other_rows(received, replaceable, supersedes)
            return received, [Group(received.reports, supersedes, reason)]

        return self.write(prepare, expected_head, dry_run)

    def write(
        self, prepare: Callable[[], tuple[Received, list[Group]]], expected_head: str = "", dry_run: bool = False
    ) -> tuple[Recorded, ...]:
        """Write the entries that rows make; where another writer was first, once more on top of theirs.

        Parameters
        ----------
        prepare : callable
            Returns rows, checked against what stands now, and in groups.
        expected_head, dry_run
            As for `add`.
        """
        if expected_head or dry_run:
            self.refresh()
        _refuse_head(self.standing, expected_head)
        for _ in range(MOST_TRIES):
            try:
                received, groups = prepare()
            except InputError:
                if self.refresh():  # what is refused may be right by what others wrote
                    continue
                raise
            drafted = drafting.draft(self.standing, self._tracks(received, groups), groups, received)
            self.latest = drafted.standing
            if dry_run or not drafted.drafts:
                return self._told(drafted.drafts, drafted.standing)
            try:
                return self._commit(drafted)
            except Moved:
                self.refresh()
                _refuse_head(self.standing, expected_head)
        rule = f"a ledger that others leave alone for a moment: they wrote first, {MOST_TRIES} times"
        raise InputError(Problem(self.path, rule, "Try again when it is quieter."))

    def refresh(self) -> bool:
        """Take in what others have written, and say whether there was anything."""
        before = self.standing
        if self.book.head().sha256 == before.head:
            return False
        self.standing = standing.stand(self.path, self.book.entries(before.count + 1), before)
        touched = self.standing.touched
        self.tracks = {
            name: track for name, track in self.tracks.items() if touched.get(name) == before.touched.get(name)
        }
        return True

    def _outcome(self, name: str) -> Outcome:
        known = self.standing.outcomes
        if not known:
            fix = "Add a study first."
            raise InputError(Problem("--outcome", "an outcome of this ledger, which has none yet", fix, value=name))
        refuse_unknown("--outcome", [name], known, "an outcome of this ledger")
        return known[name]

    def _track(self, name: str) -> Track | None:
        """Return an outcome as it stands: in memory, from its cached surface, or pooled from the rows in force."""
        if name not in self.tracks and name in self.standing.models:
            kept = self.book.cached(drafting.cache_name(name))
            track = drafting.resumed(name, self.standing, None if kept is None else kept.content)
            self.tracks = {**self.tracks, name: track or drafting.pooled(name, self.standing)}
        return self.tracks.get(name)

    def _tracks(self, received: Received, groups: Sequence[Group]) -> dict[str, Track]:
        """Return the outcomes that rows touch, as they stand."""
        names = [name for group in groups for name in drafting.outcomes_touched(self.standing, group)]
        found = {name: self._track(name) for name in dict.fromkeys(names) if name not in received.outcomes}
        return {name: track for name, track in found.items() if track is not None}

    def _commit(self, drafted: Drafted) -> tuple[Recorded, ...]:
        """Write drafts, and now and then the surfaces after them, in one transaction, and take them in."""
        self.unsaved |= set(drafted.touched)
        due = drafted.standing.count >= SELDOM * self.saved
        caches = self._surfaces(drafted.tracks, drafted.standing) if due else {}
        contents = [(one.kind, one.body) for one in drafted.drafts]
        entries = self.book.append_all(contents, self.standing.head, caches)
        told = self._told(entries, drafted.standing)
        self.standing = standing.stand(self.path, entries, self.standing)
        self.tracks = {**self.tracks, **drafted.tracks}
        if due:
            self.saved, self.unsaved = self.standing.count, set()
        return told

    def save(self) -> None:
        """Keep surfaces that were not kept with the entries that they are of, for whoever opens the ledger next."""
        for name, data in self._surfaces(self.tracks, self.standing).items():
            with suppress(Moved, InputError):  # entries are on file; a surface can be made again
                self.book.put_cache(name, data, self.standing.head)
        self.unsaved = set()

    def _surfaces(self, tracks: Mapping[str, Track], here: Standing) -> dict[str, bytes]:
        found = {
            name: drafting.cached(tracks[name], here.touched[name]) for name in sorted(self.unsaved) if name in tracks
        }
        return {drafting.cache_name(name): data for name, data in found.items() if data is not None}

    def _told(self, entries: Sequence[standing.Told], after: Standing) -> tuple[Recorded, ...]:
        """Return what new entries say, beside what was said before them."""
        said = dict(self.standing.said)
        found = []
        for entry in entries:
            found.append(telling.told(entry, said, after))
            said.update(entry.body["said"])
        return tuple(found)


def _replaceable(here: Standing, supersedes: int | None, reason: str) -> dict[str, int]:
    """Return the rows that a correction may replace."""
    if supersedes is None:
        if reason:
            rule = "a reason belongs to a correction"
            raise InputError(Problem("--reason", rule, "Name the entry: --supersedes N.", value=reason))
        return {}
    problems = []
    if not 1 <= supersedes <= here.count:
        rule = f"an entry of this ledger, 1 to {here.count}"
        problems.append(Problem("--supersedes", rule, "irlbayes ledger log lists them.", value=str(supersedes)))
    if not reason.strip():
        problems.append(Problem("--reason", "a correction says why", 'Give --reason "...".'))
    found = {name: entry for name, entry in here.places.items() if entry == supersedes}
    if not found and not problems:
        rule = "an entry with rows in force; every row of this one was corrected since, or it has none"
        problems.append(Problem("--supersedes", rule, "irlbayes ledger log says by which.", value=str(supersedes)))
    if problems:
        raise InputError(problems)
    return found


def _refuse_other_rows(received: Received, replaceable: Mapping[str, int], supersedes: int) -> None:
    """Refuse a correction that corrects nothing."""
    if not any(report.id in replaceable for report in received.reports):
        rule = f"a row with an id of entry {supersedes}: {', '.join(replaceable)}"
        one = received.reports[0]
        raise InputError(
            Problem(one.file, rule, "Give the row as it should be, under its own id.", one.line, "id", one.id)
        )


def _refuse_head(here: Standing, expected: str) -> None:
    if expected and not here.head.startswith(expected):
        rule = f"the hash that the ledger ends with: {here.head[:12]} (entry {here.count})"
        fix = "Look at what was added since with irlbayes ledger log, then give that hash."
        raise InputError(Problem("--expected-head", rule, fix, value=expected))
