"""The statistical report of a configuration: what its tables, figures and sentences are made from."""
