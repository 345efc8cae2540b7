"""Formulas: arrays in, small frozen results out; each names its source and knows no labels."""
