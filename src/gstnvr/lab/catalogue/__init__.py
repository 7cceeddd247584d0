"""Every fault that is tried, as data; see ``docs/design/laboratory.md`` for how to add one."""

from gstnvr.lab.catalogue import connection

CATALOGUE = (*connection.ENTRIES,)
