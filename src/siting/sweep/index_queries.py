"""What the index of a sweep folder is asked in SQL: its tables, and every change and question."""

from __future__ import annotations

FORMAT = 3
_OUTCOME = (
    "failure TEXT, error TEXT, objective REAL, baseline REAL, bound REAL, certified_bound REAL, "
    "relative_gap REAL, budget REAL, spend REAL, complete_before REAL, complete_after REAL, "
    'price REAL, reason TEXT, "limit" TEXT, seconds REAL, worker TEXT, sense TEXT, goal TEXT'
)
TABLES = f"""
CREATE TABLE IF NOT EXISTS sweeps (
  sweep TEXT PRIMARY KEY, asked TEXT NOT NULL, started REAL NOT NULL);
CREATE TABLE IF NOT EXISTS points (
  point TEXT PRIMARY KEY, name TEXT NOT NULL, instance TEXT NOT NULL, model TEXT NOT NULL,
  parameters TEXT NOT NULL, draw INTEGER, staged INTEGER NOT NULL, family TEXT NOT NULL,
  structure_key TEXT NOT NULL, unit TEXT NOT NULL, shown_in TEXT NOT NULL, asked_budget REAL,
  folder TEXT NOT NULL UNIQUE, status TEXT NOT NULL,
  owner TEXT, heartbeat REAL, started REAL, finished REAL, attempts INTEGER NOT NULL DEFAULT 0,
  {_OUTCOME});
CREATE TABLE IF NOT EXISTS members (
  sweep TEXT NOT NULL, position INTEGER NOT NULL, point TEXT NOT NULL, PRIMARY KEY (sweep, point));
CREATE TABLE IF NOT EXISTS choices (
  point TEXT NOT NULL, offer_id TEXT NOT NULL, site_id TEXT, categories TEXT, cost REAL,
  newly_covered REAL, only_here REAL, PRIMARY KEY (point, offer_id));
CREATE INDEX IF NOT EXISTS by_structure ON points (structure_key, status, budget);
"""
# From an index of version 2, which took more of every goal for better: its points stay as told.
UPGRADE_2 = """
ALTER TABLE points ADD COLUMN sense TEXT;
ALTER TABLE points ADD COLUMN goal TEXT;
"""
# From an index of version 1 to this one.
UPGRADE_1 = f"""
DROP INDEX by_kin;
ALTER TABLE points RENAME COLUMN kin TO structure_key;
CREATE INDEX by_structure ON points (structure_key, status, budget);
{UPGRADE_2}
"""

ENLIST = """INSERT OR IGNORE INTO points
  (point, name, instance, model, parameters, draw, staged, family, structure_key, unit, shown_in,
   asked_budget, folder, status) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,'waiting')"""
AGAIN = """UPDATE points SET status='waiting' WHERE status='failed'
  AND point IN (SELECT point FROM members WHERE sweep=?) AND failure<>?"""
CLAIM = """UPDATE points SET status='running', attempts=attempts+1, owner=?, started=?,
  heartbeat=?, finished=NULL, failure=NULL, error=NULL, objective=NULL, bound=NULL WHERE point=?"""
RUNNING = """
SELECT name, objective, bound, started, heartbeat, owner FROM points
WHERE status='running' ORDER BY started
"""
COUNTS = """SELECT status, COUNT(*) FROM members JOIN points USING (point) WHERE sweep=?
  GROUP BY status"""
WITH_PLAN = """SELECT folder, budget FROM points
  WHERE structure_key=? AND status='done' AND point<>?"""
NEXT_SMALLER = WITH_PLAN + " AND budget<=? ORDER BY budget DESC LIMIT ?"
NEXT_LARGER = WITH_PLAN + " AND budget>? ORDER BY budget LIMIT ?"
CHOOSE = "INSERT INTO choices VALUES (?,?,?,?,?,?,?)"
