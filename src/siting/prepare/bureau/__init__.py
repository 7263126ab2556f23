"""A bureau's own files - Excel ledgers, CSV, shapefiles - to an instance folder."""

from siting.prepare.bureau.bureau_import import BureauSummary, prepare_bureau

__all__ = ["BureauSummary", "prepare_bureau"]
