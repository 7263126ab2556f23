"""Raw sources to an instance folder: OpenStreetMap extracts so far."""

from siting.prepare.osm import PrepareSummary, prepare_osm

__all__ = ["PrepareSummary", "prepare_osm"]
