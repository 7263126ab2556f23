"""What it would take until no circle lacks a required category."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from siting.inputs import split_categories
from siting.report.facts import required_categories
from siting.report.indicators.places import homes
from siting.report.indicators.stages import Stage


@dataclass(frozen=True)
class Closing:
    """What closes the gaps that are left.

    Attributes:
        gaps: Outlets that places still lack of required categories.
        closed: Of these, as many as some offer could add.
        offers: Offers that do it, in the order of their worth.
        cost: Their public money, in the currency's unit.
    """

    gaps: int
    closed: int
    offers: pd.DataFrame
    cost: float


def what_it_takes(stage: Stage) -> Closing:
    """Offers that close all gaps that any can close, cheap ones first: an estimate from above.

    Greedy set cover by money (Chvatal 1979, doi:10.1287/moor.4.3.233). Limits of sites and of money
    are not looked at.
    """
    needs = _needs(stage)
    offers = stage.instance.offers
    offers = offers[~offers["offer_id"].isin(stage.built["offer_id"])].reset_index(drop=True)
    closes = helps(stage, needs, offers)
    left = needs["lacking"].to_numpy(np.int64).copy()
    chosen = _greedy(closes, left, offers["cost"].to_numpy(float))
    closed = int(needs["lacking"].sum() - left.sum())
    picked = offers.iloc[chosen]
    return Closing(int(needs["lacking"].sum()), closed, picked, float(picked["cost"].sum()))


def _needs(stage: Stage) -> pd.DataFrame:
    """Places and required categories that lack outlets, and how many: `lacking`."""
    rows = stage.gaps.rows
    wanted = rows["category"].isin(required_categories(stage.instance)) & rows["missing"]
    rows = rows[wanted & (rows["place"] != "")].reset_index(drop=True)
    return rows.assign(lacking=rows["needed"] - rows["have"])


def helps(stage: Stage, needs: pd.DataFrame, offers: pd.DataFrame) -> csr_array:
    """1 where an offer adds an outlet that counts for a need, shape (needs, offers).

    Args:
        stage: The city, and who lives where.
        needs: Rows of a gap table, numbered from 0.
        offers: Rows like those of `Instance.offers`, numbered from 0.
    """
    instance, home = stage.instance, homes(stage)
    site = pd.Index(instance.sites["site_id"]).get_indexer(offers["site_id"])
    lines = split_categories(offers["categories"]).drop_duplicates()
    groups = dict(zip(instance.categories["category"], instance.categories["group"], strict=True))
    rows, columns = [], []
    for category, here in needs.groupby("category"):
        offering = lines.loc[lines["category"] == category, "row"].to_numpy(np.int64)
        lives = instance.people(groups[category]).to_numpy(float) > 0
        code = pd.Index(here["place"]).get_indexer(home)
        live = np.flatnonzero(lives & (code >= 0))
        lived = csr_array(
            (np.ones(len(live), dtype=np.int64), (code[live], live)), (len(here), len(home))
        )
        reach = stage.coverage[str(category)].reach[:, site[offering]].astype(np.int64)
        pairs = (lived @ reach).tocoo()
        rows.append(here.index.to_numpy()[pairs.row])
        columns.append(offering[pairs.col])
    shape = (len(needs), len(offers))
    if not rows:
        return csr_array(shape, dtype=np.int64)
    at = (np.concatenate(rows), np.concatenate(columns))
    return csr_array((np.ones(len(at[0]), dtype=np.int64), at), shape)


def _greedy(helps: csr_array, left: np.ndarray, cost: np.ndarray) -> list[int]:
    """Offers one after another, each the one that closes most for its money; changes `left`."""
    by_offer, free, chosen = helps.T.tocsr(), np.ones(helps.shape[1], dtype=bool), list[int]()
    price = np.maximum(cost, 1.0)
    while left.any():
        worth = np.where(free, by_offer @ (left > 0).astype(float), 0.0) / price
        best = int(np.argmax(worth)) if len(worth) else 0
        if not len(worth) or worth[best] <= 0:
            return chosen
        free[best] = False
        chosen.append(best)
        met = by_offer.indices[by_offer.indptr[best] : by_offer.indptr[best + 1]]
        left[met] = np.maximum(left[met] - 1, 0)
    return chosen
