"""What a comparison of raters covers and leaves out, in words. Standard library only."""

from __future__ import annotations

from radiogenomics.agreement.block import Block


def block_words(block: Block, one_rater: int, *, drafts: bool) -> list[str]:
    """Say which versions, cases and raters the numbers are of, and what was left out.

    Parameters
    ----------
    block
        Of the intraclass correlations.
    one_rater
        How many cases fewer than two raters have handed in.
    drafts
        Whether drafts were taken for handed in.
    """
    compared = len(block.cases) + len(block.left_out_cases)
    versions = (
        "the newest of each rater, drafts included"
        if drafts
        else "the newest of each rater that was submitted and not returned"
    )
    lines = [
        f"Versions compared: {versions}.",
        f"Cases: {compared} compared"
        + (f"; {one_rater} left out, with fewer than two raters." if one_rater else "."),
    ]
    if not block.raters:
        return lines
    words = (
        f"Correlations are over the largest complete block: {_cases(block.cases)} that "
        f"{_joined(block.raters)} have all read."
    )
    if block.left_out_cases:
        words += f" Left out of it: {_cases(block.left_out_cases)} with other raters"
        words += f", and {_joined(block.left_out_raters)}." if block.left_out_raters else "."
    elif block.left_out_raters:
        words += f" Left out of it: {_joined(block.left_out_raters)}."
    lines.append(words)
    if len(block.cases) == 1:
        lines.append("A correlation takes two cases or more.")
    lines.append("A case in which one of these has an empty region is left out of that region.")
    return lines


def _cases(cases: tuple[str, ...]) -> str:
    return "1 case" if len(cases) == 1 else f"{len(cases)} cases"


def _joined(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
