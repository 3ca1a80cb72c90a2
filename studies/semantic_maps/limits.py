"""What could be learned of the rule at all: a linear fit that is told how much of each place a part covers.

    python -m studies.semantic_maps.limits

No network that has to look can be asked for more. Where two places are always covered together, what each of
them counts cannot be told, by anyone. The numbers go into ``results/limits.json``.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

from sklearn.linear_model import Ridge

from image_machines import files
from studies.common.pages import markdown
from studies.semantic_maps import RESULTS, measures, painted
from studies.semantic_maps.painted import PARTS, Paintings

FILE = RESULTS / "limits.json"
SIZE, CELLS, BORDER = 224, 9, 1  # pixels; places a side of the maps, and those cut away
PICTURES, DETAILS = 600, 4
ENDS = (0.4, 0.8)  # where the pictures with scores begin and end; what follows is for testing
PENALTIES = (10, 100, 1000)  # of the fit's squared weights, each place in units of its own deviation


def limit(shown: Paintings, penalty: float) -> dict[str, Any]:
    """What the fit gets right of pictures: RMSE, Kendall's tau, the correlation of each template."""
    cover = shown.cover(CELLS, BORDER)
    scores, true = painted.scores(cover, painted.true_templates(CELLS, BORDER))
    begin, end = (DETAILS * int(len(shown) / DETAILS * share) for share in ENDS)
    seen = (cover[begin:end] > 0).mean(axis=0) >= measures.OFTEN
    cells = cover.reshape(len(cover), -1)
    middle, spread = cells[begin:end].mean(axis=0), cells[begin:end].std(axis=0) + 1e-6
    cells = (cells - middle) / spread
    fit = Ridge(penalty).fit(cells[begin:end], scores[begin:end, 0])
    learned = (fit.coef_ / spread).reshape(true.shape)
    return measures.of_scores(scores[end:, 0], fit.predict(cells[end:])) | {
        "penalty": penalty,
        "spread": float(scores[end:].std()),
        "learned from": end - begin,
        "template": measures.template_correlations(learned, true, seen),
    }


def table() -> str:
    """Each part's template by the fits, on whole landscapes and on details of them."""
    found = json.loads(FILE.read_text(encoding="utf-8"))
    fits = [each for name in ("whole", "details") for each in found[name]]
    rows = [
        [part, *("" if (own := each["template"][place]) is None else f"{own:.2f}" for each in fits)]
        for place, part in enumerate(PARTS)
    ]
    rows.append(
        ["score: RMSE of deviation", *(f"{each['rmse']:.2f} of {each['spread']:.2f}" for each in fits)]
    )
    rows.append(["pictures learned from", *(str(each["learned from"]) for each in fits)])
    head = [f"{name}, penalty {each['penalty']}" for name in ("whole", "details") for each in found[name]]
    return markdown(["template: correlation", *head], rows)


def main() -> None:
    """Paint what is missing, fit, and write ``results/limits.json``."""
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=PICTURES, help="to paint")
    given = parser.parse_args()
    landscapes = painted.painted(given.pictures, SIZE)
    shown = {"whole": landscapes.mirrored(), "details": landscapes.details(DETAILS, SIZE)}
    fits = {name: [limit(each, penalty) for penalty in PENALTIES] for name, each in shown.items()}
    files.write_json(FILE, fits)


if __name__ == "__main__":
    main()
