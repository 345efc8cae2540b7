"""How `prevalence.loaders.draft_profile` guesses what the columns of an unknown file are, and writes it down."""
