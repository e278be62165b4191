"""The page *Rehearsal*: what production will show, what the pilot lacks, and go or no-go."""
