"""Multiple imputation: the variance between completed data sets on top of that within them.

Source: Rubin (1987), Multiple Imputation for Nonresponse in Surveys, chapter 3; degrees of freedom after Barnard & Rubin (1999),
Small-sample degrees of freedom with multiple imputation, Biometrika 86.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from prevalence.formulas.contrast import directions
from prevalence.formulas.ratio import divide
from prevalence.formulas.rules import Rule, Spread
from prevalence.formulas.variance import NO_SPREAD
from prevalence.totals import Columns, Floats


@dataclass(frozen=True, slots=True)
class Imputed:
    """Scores of all completed data sets, one below the other, and below them the deviations of their estimates.

    Attributes
    ----------
    rules : tuple of Rule
        One a completed data set.
    pieces : tuple of int
        Rows of scores of each.
    """

    rules: tuple[Rule, ...]
    pieces: tuple[int, ...]

    @classmethod
    def stacked(cls, rules: tuple[Rule, ...], scores: tuple[Columns, ...], estimates: Floats) -> tuple[Imputed, Columns]:
        """Return the rule and its scores.

        Parameters
        ----------
        rules, scores : one a completed data set
        estimates : float array, shape (completed data sets, domains)
        """
        deviations = estimates - estimates.mean(axis=0)
        noise = np.abs(deviations) <= NO_SPREAD * np.abs(estimates)
        whole = sparse.csc_array(sparse.vstack([*scores, Columns(np.where(noise, 0.0, deviations))], format="csc"))
        return cls(rules, tuple(block.shape[0] for block in scores)), whole

    @property
    def undefined(self) -> str:
        """Return the reason of the completed data sets."""
        return self.rules[0].undefined

    def spread(self, scores: Columns, presence: Columns) -> Spread:
        r"""Return total variances :math:`T = \bar W + (1 + 1/m) B` and Barnard-Rubin degrees of freedom."""
        parts = [rule.spread(block, presence) for rule, block in self._blocks(scores)]
        within = np.mean([part.variance for part in parts], axis=0)
        inflated = (1 + 1 / len(self.rules)) * np.diag(self._between(scores))
        total = within + inflated
        census = np.all([part.census for part in parts], axis=0)
        counted = np.min([part.counted for part in parts], axis=0)
        # A data set whose units do not differ but for rounding has no degrees of freedom of its own.
        read = [np.where(part.variance <= NO_SPREAD * total, part.counted, part.df) for part in parts]

        def combined(complete: Floats) -> Floats:
            complete = np.where(census & (inflated > 0), np.inf, complete)
            return barnard_rubin(inflated, total, len(self.rules), complete)

        return Spread(
            variance=total,
            df=combined(np.mean(read, axis=0)),
            counted=combined(counted),
            n_psu=parts[0].n_psu,
            census=census,
        )

    def covariance(self, scores: Columns, presence: Columns) -> Floats:
        """Return the total covariance matrix."""
        within = np.mean([rule.covariance(block, presence) for rule, block in self._blocks(scores)], axis=0)
        return np.asarray(within + (1 + 1 / len(self.rules)) * self._between(scores), dtype=np.float64)

    def joint_df(self, scores: Columns, presence: Columns, union: Columns) -> float:
        """Return the degrees of freedom of all estimates together, the same whichever combinations of them are asked for.

        Parameters
        ----------
        scores, presence : sparse arrays
            Of the estimates.
        union : sparse array, shape (units, 1)
            Presence in any of their domains.

        Notes
        -----
        The part of the variance that is due to imputation is the mean over the directions, as in Rubin (1987), section 3.4; of one estimate
        it is the degrees of freedom of `spread`.
        """
        parts = [rule.spread(Columns(block[:, [0]]), union) for rule, block in self._blocks(scores)]
        between = (1 + 1 / len(self.rules)) * self._between(scores)
        freed = directions(self.covariance(scores, presence))
        part = np.array([np.trace(freed.T @ between @ freed) / freed.shape[1]])
        complete = np.min([each.counted for each in parts], axis=0)
        complete = np.where(np.all([each.census for each in parts], axis=0) & (part > 0), np.inf, complete)
        return float(barnard_rubin(part, np.ones(1), len(self.rules), complete)[0])

    def _blocks(self, scores: Columns) -> Iterator[tuple[Rule, Columns]]:
        ends = np.cumsum(self.pieces)
        for rule, end, size in zip(self.rules, ends, self.pieces, strict=True):
            yield rule, Columns(scores[end - size : end])

    def _between(self, scores: Columns) -> Floats:
        """Return the covariance matrix of the estimates of the completed data sets, shape (domains, domains)."""
        deviations = scores[-len(self.rules) :].toarray()
        return np.asarray(deviations.T @ deviations / (len(self.rules) - 1), dtype=np.float64)


def barnard_rubin(between: Floats, total: Floats, imputations: int, complete: Floats) -> Floats:
    """Return the degrees of freedom after imputation, shape (domains,).

    Parameters
    ----------
    between, total : float arrays
        Variance between imputations, times 1 + 1/m, and all of it. Where there is none, imputation takes no degrees of freedom.
    imputations : int
        m.
    complete : float array
        Degrees of freedom of complete data; infinite in a census, whose only error is that of imputation.
    """
    part = np.nan_to_num(divide(between, total))
    with np.errstate(divide="ignore", invalid="ignore"):
        of_imputations = (imputations - 1) / part**2
        observed = np.where(np.isinf(complete), np.inf, (complete + 1) / (complete + 3) * complete * (1 - part))
        return np.asarray(1 / (1 / of_imputations + 1 / observed), dtype=np.float64)
