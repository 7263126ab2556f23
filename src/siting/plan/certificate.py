"""A certificate of the bound: multipliers from which anyone derives it by whole-number arithmetic.

For any multipliers that are not negative, no plan covers more than

    served + sum max(0, w - lambda) + beta B + sum pi s + sum mu
           + sum over offers of max(0, lambda within reach - beta c - pi |K| - mu)

by Lagrangian duality (Geoffrion 1974, doi 10.1007/BFb0120690): lambda prices the covering of a
(demand point, category) pair, beta money, pi a slot of a site, mu a category at a site. Multipliers
are whole multiples of 2^-16; whatever is rounded on the way is rounded so that the bound rises.
Nothing here uses a solver or the model that it was given.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.coverage import Coverage
from siting.errors import InputError, Problem
from siting.inputs import Instance, ModelSpec, split_categories
from siting.inputs.blocks import AllowedCategories, Budget, LockedIn, LockedOut, SiteSlots
from siting.language import phrase, tr

CERTIFICATE_FILE = "certificate.json"
ARRAYS_FILE = "certificate.npz"
FORMAT = 1
SCALE = 2**16
# Sums stay exact in 64 bits up to here.
_LARGEST = 2**62

Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Certificate:
    """Multipliers, none negative; those of people and sites in units of 2^-16.

    Attributes:
        cover: Of each (demand point, category) pair, shape (residents, categories).
        slots: Of each site's slots, shape (sites,).
        once: Of each category at each site, shape (sites, categories).
        budgets: Of each budget block, in the order of the model: residents a unit of money, where
            a multiple of 2^-16 would be too coarse. A float is an exact fraction.
    """

    cover: Whole
    slots: Whole
    once: Whole
    budgets: tuple[float, ...] = ()


@dataclass
class _Prices:
    """What the constraints charge: a constant, a price of each offer, and who is in or out."""

    offers: list[int]
    constant: int = 0
    out: set[int] = field(default_factory=set)
    decided: set[int] = field(default_factory=set)


def derive_bound(
    instance: Instance, coverage: Coverage, spec: ModelSpec, certificate: Certificate
) -> float:
    """The bound that a certificate proves, in priority-weighted residents.

    Raises:
        ValueError: The certificate does not fit the instance, or a multiplier is negative.
    """
    _refuse_misfit(instance, certificate)
    weights = pair_weights(instance)
    served = np.stack([coverage[name].served for name in instance.category_names], axis=1)
    free = np.where(served, weights, np.maximum(0, weights - certificate.cover))
    prices = _charge(instance, spec, certificate)
    gains = _within_reach(instance, coverage, np.where(served, 0, certificate.cover))
    total = int(free.sum()) + prices.constant
    for offer, gain in enumerate(gains.tolist()):
        net = gain - prices.offers[offer]
        if offer in prices.decided:
            total += net
        elif offer not in prices.out:
            total += max(0, net)
    return _as_residents(total, instance)


def _refuse_misfit(instance: Instance, certificate: Certificate) -> None:
    residents, sites = len(instance.residents), len(instance.sites)
    categories = len(instance.categories)
    shapes = {
        "cover": (certificate.cover.shape, (residents, categories)),
        "slots": (certificate.slots.shape, (sites,)),
        "once": (certificate.once.shape, (sites, categories)),
    }
    for name, (found, expected) in shapes.items():
        if found != expected:
            form = phrase("certificate: {name} has shape {found}, the instance needs {expected}")
            raise ValueError(tr(form, name=name, found=found, expected=expected))
        part: Whole = getattr(certificate, name)
        if part.size and int(part.min()) < 0:
            form = phrase("certificate: {name} has a negative multiplier, {least}")
            raise ValueError(tr(form, name=name, least=int(part.min())))
    if any(not (0 <= budget < math.inf) for budget in certificate.budgets):
        form = phrase("certificate: a budget has a multiplier below 0 or none, {budgets}")
        raise ValueError(tr(form, budgets=certificate.budgets))
    if float(certificate.cover.sum(dtype=float)) * max(1, len(instance.offers)) > _LARGEST:
        largest = int(certificate.cover.max())
        if largest * residents * categories > _LARGEST:
            form = phrase("certificate: a cover multiplier of {largest} is beyond all weights")
            raise ValueError(tr(form, largest=largest))


def pair_weights(instance: Instance) -> Whole:
    """Priority x people of each pair, in 2^-16, rounded up, shape (residents, categories)."""
    columns = [
        np.ceil(float(priority) * instance.people(group).to_numpy(float) * SCALE)
        for priority, group in zip(
            instance.categories["priority"], instance.categories["group"], strict=True
        )
    ]
    return np.stack(columns, axis=1).astype(np.int64)


def _within_reach(instance: Instance, coverage: Coverage, cover: Whole) -> Whole:
    """Multipliers of the pairs that each offer could newly cover, shape (offers,)."""
    site = pd.Index(instance.sites["site_id"]).get_indexer(instance.offers["site_id"])
    gains = np.zeros(len(instance.offers), dtype=np.int64)
    lines = split_categories(instance.offers["categories"]).drop_duplicates()
    for column, name in enumerate(instance.category_names):
        reach = csr_array(coverage[name].reach.T).astype(np.int64)
        at_site = reach @ cover[:, column]
        rows = lines["row"][lines["category"] == name].to_numpy(np.int64)
        gains[rows] += at_site[site[rows]]
    return gains


def _charge(instance: Instance, spec: ModelSpec, certificate: Certificate) -> _Prices:
    prices = _Prices([0] * len(instance.offers))
    budgets = iter(certificate.budgets)
    for block in spec.subject_to:
        if isinstance(block, Budget):
            _charge_budget(prices, instance, block, next(budgets, 0.0))
        elif isinstance(block, SiteSlots):
            _charge_slots(prices, instance, block, certificate.slots)
        elif block.block == "category_once_per_site":
            _charge_once(prices, instance, certificate.once)
        elif isinstance(block, AllowedCategories):
            _rule_out_disallowed(prices, instance, block)
        elif isinstance(block, LockedIn):
            ids = instance.offers["offer_id"]
            prices.decided |= set(np.flatnonzero(ids.isin(block.offers)).tolist())
        elif isinstance(block, LockedOut):
            _rule_out_locked(prices, instance, block)
    return prices


def _charge_budget(prices: _Prices, instance: Instance, block: Budget, multiplier: float) -> None:
    own = block.amount(instance.currency)
    limit = instance.budget if own is None else own
    if limit is None:
        return
    exact = Fraction(multiplier) * SCALE
    prices.constant += math.ceil(Fraction(limit) * exact)
    for offer, cost in enumerate(instance.offers["cost"].tolist()):
        prices.offers[offer] += math.floor(Fraction(cost) * exact)
        # A hair more than the judge tolerates, so that nothing he accepts is ruled out here.
        if cost > limit + 1e-5 * max(1.0, abs(limit)):
            prices.out.add(offer)


def _charge_slots(prices: _Prices, instance: Instance, block: SiteSlots, slots: Whole) -> None:
    default = math.inf if block.default is None else float(block.default)
    sites = instance.sites
    column = sites["slots"].fillna(default) if "slots" in sites else pd.Series(default, sites.index)
    limits = dict(zip(sites["site_id"], column.tolist(), strict=True))
    multipliers = dict(zip(sites["site_id"], slots.tolist(), strict=True))
    for site, limit in limits.items():
        if math.isfinite(limit):
            prices.constant += math.ceil(Fraction(limit) * multipliers[site])
    for offer, (site, names) in enumerate(_offers(instance)):
        if math.isfinite(limits[site]):
            prices.offers[offer] += len(names) * multipliers[site]
            if len(names) > limits[site]:
                prices.out.add(offer)


def _charge_once(prices: _Prices, instance: Instance, once: Whole) -> None:
    site = {name: row for row, name in enumerate(instance.sites["site_id"])}
    column = {name: number for number, name in enumerate(instance.category_names)}
    prices.constant += int(once.sum())
    for offer, (place, names) in enumerate(_offers(instance)):
        prices.offers[offer] += sum(int(once[site[place], column[name]]) for name in names)


def _rule_out_disallowed(prices: _Prices, instance: Instance, block: AllowedCategories) -> None:
    sites = instance.sites
    blank = pd.Series("", index=sites.index)
    column = sites.get("allowed_categories", blank).fillna("").astype(str)
    allowed = {
        site: {part.strip() for part in text.split(";")} - {""}
        for site, text in zip(sites["site_id"], column, strict=True)
    }
    only = None if block.only is None else set(block.only)
    for offer, (site, names) in enumerate(_offers(instance)):
        if (allowed[site] and names - allowed[site]) or (only is not None and names - only):
            prices.out.add(offer)


def _rule_out_locked(prices: _Prices, instance: Instance, block: LockedOut) -> None:
    ids = instance.offers["offer_id"].tolist()
    for offer, (site, names) in enumerate(_offers(instance)):
        if ids[offer] in block.offers or site in block.sites or names & set(block.categories):
            prices.out.add(offer)


def _offers(instance: Instance) -> list[tuple[str, set[str]]]:
    """Site and categories of each offer."""
    return [
        (site, {part.strip() for part in joined.split(";")})
        for site, joined in zip(
            instance.offers["site_id"], instance.offers["categories"], strict=True
        )
    ]


def _as_residents(total: int, instance: Instance) -> float:
    """Back from units of 2^-16; down to a whole number where every plan's value is whole."""
    parts = [
        float(priority) * instance.people(group).to_numpy(float)
        for priority, group in zip(
            instance.categories["priority"], instance.categories["group"], strict=True
        )
    ]
    if all(bool(np.all(part == np.round(part))) for part in parts):
        return float(total // SCALE)
    return math.nextafter(total / SCALE, math.inf)


def write_certificate(certificate: Certificate, bound: float, folder: Path) -> Path:
    """Writes `certificate.json` and the arrays beside it."""
    np.savez_compressed(
        folder / ARRAYS_FILE,
        cover=certificate.cover,
        slots=certificate.slots,
        once=certificate.once,
    )
    content = {
        "siting_certificate": FORMAT,
        "bound": bound,
        "scale": SCALE,
        "budgets": list(certificate.budgets),
        "arrays": ARRAYS_FILE,
    }
    target = folder / CERTIFICATE_FILE
    target.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return target


def read_certificate(folder: Path) -> Certificate:
    """Reads the certificate of a run folder, without believing it.

    Raises:
        InputError: It is missing or not a certificate.
    """
    try:
        content = json.loads((folder / CERTIFICATE_FILE).read_text(encoding="utf-8"))
        with np.load(folder / ARRAYS_FILE, allow_pickle=False) as arrays:
            return _certificate(content, arrays)
    except (OSError, ValueError, KeyError, TypeError) as error:
        problem = Problem(
            code="no-certificate",
            where=str(folder / CERTIFICATE_FILE),
            found=tr("no certificate that can be read ({error})", error=error),
            expected=tr(
                "{file} and {arrays} as 'siting solve' wrote them",
                file=CERTIFICATE_FILE,
                arrays=ARRAYS_FILE,
            ),
            mend=tr("Solve again, or restore both files."),
        )
        raise InputError([problem]) from None


def _certificate(content: Mapping[str, object], arrays: Mapping[str, Whole]) -> Certificate:
    if content["siting_certificate"] != FORMAT or content["scale"] != SCALE:
        raise ValueError(tr("another kind of certificate"))
    budgets = content["budgets"]
    if not isinstance(budgets, list) or not all(
        isinstance(budget, (int, float)) and not isinstance(budget, bool) for budget in budgets
    ):
        raise TypeError(tr("budgets are not numbers"))
    parts = {name: arrays[name] for name in ("cover", "slots", "once")}
    if any(part.dtype != np.int64 for part in parts.values()):
        raise TypeError(tr("multipliers are not whole numbers"))
    return Certificate(budgets=tuple(budgets), **parts)
