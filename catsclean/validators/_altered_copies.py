"""What the validators that judge altered copies have in common: which pairs count for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from catsclean.core.evidence import Evidence
from catsclean.duplicates.pair_kinds import LEAST_AGREEMENT, LEAST_CORRELATION
from catsclean.duplicates.relations import Relations, Strictness
from catsclean.validators.base import Validator


class AlteredCopies(Validator):
    """Base of validators that judge altered copies.

    A pair is verified once, with fixed thresholds (docs/duplicates.md).  The options here raise
    them, for example so that the pictures of a fixed camera do not count as copies.
    """

    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {
        "least_correlation": (LEAST_CORRELATION, 1.0),
        "least_agreement": (LEAST_AGREEMENT, 1.0),
    }

    #: Also report a picture and its mirror image.
    mirrored: bool = True
    #: Also report a picture and its copy turned by 90, 180 or 270 degrees.
    turned: bool = True
    #: Least correlation of the greys of two copies, laid over one another.
    least_correlation: float = LEAST_CORRELATION
    #: Least share of the parts with contrast that correlate with at least 0.5 each.
    least_agreement: float = LEAST_AGREEMENT

    def strictness(self) -> Strictness:
        """Give which pairs count."""
        return Strictness(
            mirrored=self.mirrored,
            turned=self.turned,
            least_correlation=self.least_correlation,
            least_agreement=self.least_agreement,
        )

    def relations(self, evidence: Evidence) -> Relations:
        """Give the relations of a data set, as far as they count."""
        return Relations(evidence, self.strictness())
