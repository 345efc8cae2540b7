"""Forced labour: of adults and children, job by job, over a period, by type and place, and as families report it."""
