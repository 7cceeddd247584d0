"""Every fault that is tried, as data; see ``docs/design/laboratory.md`` for how to add one."""

from gstnvr.lab.catalogue import (
    clock,
    configuration,
    connection,
    hostile,
    media,
    process,
    protocol,
    resource,
    storage,
    volumes,
)

CATALOGUE = (
    *connection.ENTRIES,
    *protocol.ENTRIES,
    *hostile.ENTRIES,
    *media.ENTRIES,
    *storage.ENTRIES,
    *volumes.ENTRIES,
    *process.ENTRIES,
    *clock.ENTRIES,
    *resource.ENTRIES,
    *configuration.ENTRIES,
)
