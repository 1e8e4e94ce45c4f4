"""The validator ``near-duplicate``."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from catsclean.duplicates.relations import Relations, by_label, kept_of
from catsclean.duplicates.verification import IDENTICAL_PIXELS
from catsclean.model import Finding, Fix, Severity
from catsclean.validators.base import Validator

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from catsclean.duplicates.relations import Member
    from catsclean.evidence import Evidence


class NearDuplicate(Validator):
    """Finds altered copies of a picture in the same class.

    Resized, recompressed, cropped, turned by a few degrees or by 90, 180 or 270, mirrored, greyed,
    lightened, with a text or a watermark laid over: the file is another one, the picture is the
    same.

    ## Why it matters

    A copy in the validation set is a question whose answer was in the book.  Copies also give
    their picture more weight than the others have.

    ## The rule

    1. Two pictures are candidates when the perceptual hashes (`imagehash.phash`) of one are near
       those of the other, or of the other mirrored: both the one of 64 bits and the one of 256
       bits.  How near depends on the number of pictures: up to 1,000 of them 18 and 96 bits, up
       to 10,000 16 and 88, up to 50,000 16 and 84, up to 250,000 14 and 72.  The search is exact.
       Among up to 250,000 pictures those turned by 90, 180 or 270 degrees, mirrored as well or
       not, are candidates too.
    2. Both pictures are decoded again and laid over one another, with the affine map, the
       brightness and the contrast that fit best.  They are a pair when the greys then correlate
       with at least 0.93, at least 82 % of the blocks that show anything correlate with at least
       0.5 each, and at least 55 % of each picture is covered by the other.  Each is laid on the
       other, and one fit of the two is enough: the order of a pair changes nothing.
    3. Flat pictures (of one colour, or less than 16 pixels high or wide) are never compared.

    docs/duplicates.md has the recall for each alteration, measured.  The kind and both hash
    distances of a pair are in its message; a "look-alike" differs in places, and is no more than
    alike.

    ## Example

        Cat/12.jpg: near-duplicate: of Cat/9.jpg, suggested to stay (most pixels): resized copy, 2
        of 64 and 14 of 256 hash bits differ

    ## What to do

    Look at them side by side in `catsclean report` and choose.  Which one is suggested to stay
    (of a picture and its copy with a watermark, the rule cannot tell which is the original):
    one that TensorFlow takes, then one that is held out (in a split folder that is not for
    training), then one that decodes without warnings, then the one with most pixels, then the one
    that fits most loaders (ending, name, orientation), then a JPEG before what was saved from it
    without loss, then most bytes, then what is no copy by its name, then the shortest name, then
    the first.
    `catsclean split` keeps the whole group on one side in any case.

    ## False alarms

    Two shots of a burst, or two renderings of one scene, can agree as well as an edited copy
    does; whether they are one picture is for you to say.  A group may chain: the message says
    when a member is linked with the one that would stay only through others.
    """

    name: ClassVar[str] = "near-duplicate"
    family: ClassVar[str] = "duplicates"
    severity: ClassVar[Severity] = Severity.WARNING
    fix: ClassVar[Fix] = Fix.REVIEW
    compares: ClassVar[bool] = True
    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {"most_bits": (0, 256)}

    #: Largest distance of the 256-bit hashes that is reported.
    most_bits: int = 96
    #: Also report a picture and its mirror image.
    mirrored: bool = True
    #: Also report a picture and its copy turned by 90, 180 or 270 degrees.
    turned: bool = True

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find the members of groups that are neither kept nor an identical copy."""
        relations = Relations(
            evidence, mirrored=self.mirrored, turned=self.turned, most_bits=self.most_bits
        )
        for group in relations.groups():
            for members in by_label(group):
                yield from self._of_class(relations, members)

    def _of_class(self, relations: Relations, members: list[Member]) -> Iterable[Finding]:
        contents = {member.digest: member for member in reversed(members)}
        kept, why = kept_of(members)
        for member in sorted(contents.values()):
            links = {
                d: one for d, one in relations.links.get(member.digest, {}).items() if d in contents
            }
            link = links.get(kept.digest)
            if member.digest == kept.digest or not links:
                continue
            if link is not None:
                if link.kind == IDENTICAL_PIXELS:
                    continue
                other = kept
                message = f"of {kept.path}, suggested to stay ({why}): {link.describe()}"
            else:
                nearest = min(links, key=lambda d: (links[d].distance256, contents[d].path))
                other = contents[nearest]
                shown = links[nearest].describe()
                message = f"of {other.path}: {shown}; linked with {kept.path} through others"
            yield self.finding(member.path, message, label=member.label, related=[other.path])
