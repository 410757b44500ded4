"""The exception tree. Every message is one sentence that names the fact, the place and the remedy.

StacktideError                 anything that a user is told in one sentence, without a traceback
|- UsageError                  the call itself is wrong (unknown id, absurd date): exit code 2
|- CatalogError                an authored file of the catalogue is wrong
|- FetchError                  a payload could not be had
|  |- NotThere                 the address answered "not there" (404, or not in the mirror)
|  `- PausedError              nothing more may be asked of the publisher for now
|- ParseError                  a payload was had, but does not have its documented form
|- CheckError                  well-formed figures that cannot be right; the last good rows stay
|  `- ComparisonError          figures too far from the last good state, which a person may accept
|- SendError                   a notification could not be sent
|- StoreError                  the store is missing, damaged or from a newer version
|  `- NotKeptError             a state of the store that is no longer kept
`- LockedError                 another refresh of the same source is under way
"""


class StacktideError(Exception):
    """A failure that a user is told in one sentence."""


class UsageError(StacktideError):
    """The call is wrong: an unknown id, a date that is none, two options that exclude each other."""


class CatalogError(StacktideError):
    """An authored file is wrong; the message names file, entry, field and remedy."""


class FetchError(StacktideError):
    """A payload could not be had: no connection, too slow, or an answer other than 200."""


class NotThere(FetchError):
    """The address holds nothing: HTTP 404 or 410, or a URL that is not in the mirror."""


class PausedError(FetchError):
    """A limit is reached, the time budget is spent, or the publisher asks to be left alone: the next run goes on."""


class ParseError(StacktideError):
    """A payload does not have the form that its source documents."""


class CheckError(StacktideError):
    """Rows break the schema, the source's expectations or the comparison with the last good state."""


class ComparisonError(CheckError):
    """Rows are too few, too old or too far from the last good state; a person may accept them all the same."""


class SendError(StacktideError):
    """A notification was not taken; it is tried again at the next occasion."""


class StoreError(StacktideError):
    """The store cannot be read or written."""


class NotKeptError(StoreError):
    """A state of the store that was there, and is no longer kept."""


class LockedError(StacktideError):
    """Another process refreshes the same source."""
