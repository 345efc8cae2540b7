"""Calibrated weights on arrays: what weights are fitted to, the fit, the residuals that variance needs, trimming and replicates.

`fit.calibrate`, `proportional.post_stratify` and `proportional.rake` make weights; `steps` says what each change of the weights does to the
effect of a row, `residuals.residuals_after` turns any number of steps into residual scores by sampling unit; `replicates` redoes calibrations
in every replicate; `trimming` and `potter` cut extreme weights.
"""
