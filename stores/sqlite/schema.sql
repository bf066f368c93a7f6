-- The tables of the embedded journal, as an ordered list of migrations: what was released is never edited, a change is a new one at the end.

-- migration 1: the journal: runs, items, attempts, effects, questions, counters, schedules
CREATE TABLE specs (digest TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE runs (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, pipeline TEXT NOT NULL, ente TEXT NOT NULL,
  state TEXT NOT NULL, run_trigger TEXT NOT NULL, created_at TEXT NOT NULL, started_at TEXT, ended_at TEXT,
  sealed_at TEXT, sealed INTEGER NOT NULL DEFAULT 0,
  input_name TEXT, input_sha256 TEXT, input_bytes INTEGER, params TEXT NOT NULL, spec TEXT NOT NULL,
  is_loaded INTEGER NOT NULL DEFAULT 0, total INTEGER NOT NULL DEFAULT 0, pending INTEGER NOT NULL DEFAULT 0,
  done INTEGER NOT NULL DEFAULT 0, rejected INTEGER NOT NULL DEFAULT 0, waiting INTEGER NOT NULL DEFAULT 0,
  in_doubt INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0, cancelled INTEGER NOT NULL DEFAULT 0,
  code TEXT, reason TEXT, hint TEXT, first_code TEXT, first_note TEXT);
CREATE INDEX runs_by_ente ON runs (ente, seq);
CREATE INDEX runs_by_state ON runs (state, seq);
CREATE INDEX runs_by_pipeline ON runs (pipeline, ente, seq);
CREATE TABLE items (
  id INTEGER PRIMARY KEY, run INTEGER NOT NULL, key TEXT NOT NULL, round INTEGER NOT NULL, state TEXT NOT NULL,
  step INTEGER NOT NULL, data TEXT NOT NULL, source_digest TEXT NOT NULL, code TEXT, note TEXT, hint TEXT,
  due_at INTEGER, tries INTEGER NOT NULL DEFAULT 0, since INTEGER, updated_at TEXT NOT NULL);
CREATE INDEX items_by_run ON items (run);
CREATE UNIQUE INDEX items_by_key ON items (key, run);
CREATE INDEX items_waiting ON items (run, due_at) WHERE state = 'waiting';
CREATE INDEX items_off ON items (run, state) WHERE state IN ('rejected', 'failed', 'in-doubt', 'cancelled');
CREATE TABLE attempts (
  id INTEGER PRIMARY KEY, run INTEGER NOT NULL, item INTEGER NOT NULL, step TEXT NOT NULL, number INTEGER NOT NULL,
  started_at TEXT NOT NULL, ended_at TEXT, outcome TEXT, code TEXT, note TEXT);
CREATE INDEX attempts_by_item ON attempts (item, step);
CREATE INDEX attempts_open ON attempts (run) WHERE outcome IS NULL;
CREATE TABLE effects (
  key TEXT PRIMARY KEY, ente TEXT NOT NULL, step TEXT NOT NULL, item_key TEXT NOT NULL, round INTEGER NOT NULL,
  run INTEGER NOT NULL, state TEXT NOT NULL, source_digest TEXT NOT NULL, fingerprint TEXT NOT NULL, seals INTEGER NOT NULL,
  fields TEXT NOT NULL, at TEXT NOT NULL) WITHOUT ROWID;
CREATE UNIQUE INDEX effects_by_item ON effects (ente, step, item_key, round);
CREATE INDEX effects_sealing ON effects (ente, item_key, round) WHERE seals = 1;
CREATE TABLE rounds (ente TEXT NOT NULL, item_key TEXT NOT NULL, round INTEGER NOT NULL, PRIMARY KEY (ente, item_key)) WITHOUT ROWID;
CREATE TABLE step_counts (
  run INTEGER NOT NULL, step TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0, rejected INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0, first_at TEXT, last_at TEXT, PRIMARY KEY (run, step)) WITHOUT ROWID;
CREATE TABLE files (run INTEGER NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (run, name)) WITHOUT ROWID;
CREATE TABLE asks (
  run INTEGER NOT NULL, step TEXT NOT NULL, kind TEXT NOT NULL, who TEXT NOT NULL, prompt TEXT NOT NULL, problem TEXT,
  created_at TEXT NOT NULL, deadline TEXT NOT NULL, PRIMARY KEY (run, step)) WITHOUT ROWID;
CREATE TABLE counters (name TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE allocations (counter TEXT NOT NULL, owner TEXT NOT NULL, first INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (counter, owner)) WITHOUT ROWID;
CREATE TABLE schedules (pipeline TEXT NOT NULL, ente TEXT NOT NULL, since TEXT NOT NULL, PRIMARY KEY (pipeline, ente)) WITHOUT ROWID;
CREATE TABLE due (
  pipeline TEXT NOT NULL, ente TEXT NOT NULL, due_at TEXT NOT NULL, state TEXT NOT NULL, run TEXT, reason TEXT,
  recorded_at TEXT NOT NULL, PRIMARY KEY (pipeline, ente, due_at)) WITHOUT ROWID;
CREATE INDEX due_by_time ON due (due_at);

-- migration 2: events of outside streams
CREATE TABLE stream_events (
  id INTEGER PRIMARY KEY, ente TEXT NOT NULL, stream TEXT NOT NULL, event TEXT NOT NULL, subject TEXT NOT NULL,
  data TEXT NOT NULL);
CREATE UNIQUE INDEX stream_events_once ON stream_events (ente, stream, event);
CREATE INDEX stream_events_newest ON stream_events (ente, stream, id);
CREATE INDEX stream_events_by_subject ON stream_events (ente, subject);

-- migration 3: names that effects hold
CREATE TABLE holdings (id INTEGER PRIMARY KEY, ente TEXT NOT NULL, name TEXT NOT NULL, effect TEXT NOT NULL);
CREATE UNIQUE INDEX holdings_by_name ON holdings (ente, name, effect);

-- migration 4: how long events are kept
-- Events of before count as just received: they stay for a whole term.
ALTER TABLE stream_events ADD COLUMN stored_at TEXT NOT NULL DEFAULT '';
UPDATE stream_events SET stored_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now');
CREATE INDEX stream_events_by_age ON stream_events (ente, stored_at);

-- migration 5: whoever asks what holds a name asks for all steps of an item: by step first, that would read every effect of the ente
DROP INDEX effects_by_item;
CREATE UNIQUE INDEX effects_by_item ON effects (ente, item_key, step, round);

-- migration 6: who let a run go on
CREATE TABLE approvals (
  id INTEGER PRIMARY KEY, run INTEGER NOT NULL, step TEXT NOT NULL, by_whom TEXT NOT NULL, at TEXT NOT NULL);
CREATE INDEX approvals_by_run ON approvals (run);

-- migration 7: how an input was found and read
ALTER TABLE runs ADD COLUMN note TEXT;

-- migration 8: schedules for the time when their files cannot be read
ALTER TABLE schedules ADD COLUMN last_read TEXT;

-- migration 9: what people say of items in doubt
CREATE TABLE decisions (
  id INTEGER PRIMARY KEY, run INTEGER NOT NULL, item INTEGER NOT NULL, step INTEGER NOT NULL, round INTEGER NOT NULL,
  word TEXT NOT NULL, by_whom TEXT NOT NULL, reason TEXT NOT NULL, evidence TEXT, at TEXT NOT NULL);
CREATE INDEX decisions_by_run ON decisions (run);

-- migration 10: a partial index is no use to a query whose states are bound: the few of a million were looked for one by one
DROP INDEX items_off;
CREATE INDEX items_by_state ON items (run, state);

-- migration 11: what steps keep about a subject across runs, with every version
CREATE TABLE record_versions (
  number INTEGER PRIMARY KEY AUTOINCREMENT, ente TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL,
  version INTEGER NOT NULL, data TEXT NOT NULL, at TEXT NOT NULL);
CREATE UNIQUE INDEX record_versions_by_key ON record_versions (ente, kind, key, version);
CREATE TABLE records (
  ente TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, subject TEXT NOT NULL, due_at TEXT, newest INTEGER NOT NULL,
  PRIMARY KEY (ente, kind, key)) WITHOUT ROWID;
CREATE INDEX records_by_subject ON records (ente, kind, subject);
CREATE INDEX records_due ON records (ente, kind, due_at) WHERE due_at IS NOT NULL;

-- migration 12: fences: who owns the journal, which drive writes a run, and the line in which effects wait for a name
CREATE TABLE owner (id INTEGER PRIMARY KEY CHECK (id = 1), term INTEGER NOT NULL, name TEXT NOT NULL);
ALTER TABLE runs ADD COLUMN drive INTEGER NOT NULL DEFAULT 0;
ALTER TABLE holdings ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
UPDATE holdings SET place = id;
CREATE UNIQUE INDEX holdings_in_line ON holdings (ente, name, place);

-- migration 13: what people look for a record by
ALTER TABLE records ADD COLUMN words TEXT NOT NULL DEFAULT '';

-- migration 14: what an attempt asked of outside services, a JSON list without anything of what was said; and the log of a run
ALTER TABLE attempts ADD COLUMN calls TEXT;
CREATE INDEX attempts_by_run ON attempts (run);

-- migration 15: verbali that one cause keeps, found without reading the others
CREATE INDEX items_by_code ON items (run, code) WHERE code IS NOT NULL;
