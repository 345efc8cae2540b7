"""The quality of jobs: informal employment and decent-work deficits."""
