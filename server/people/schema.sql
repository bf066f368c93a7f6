-- People, what they may do and what they did; a file of its own beside the journal.
-- migration 1: users, sessions, second factors, tokens, audit
CREATE TABLE users (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE COLLATE NOCASE,
  full_name TEXT NOT NULL,
  -- Who vouches for them: local, oidc, ldap, saml.
  source TEXT NOT NULL,
  -- Their name with that provider; null: local.
  subject TEXT,
  password TEXT,
  sees_personal INTEGER NOT NULL DEFAULT 0,
  disabled_at TEXT,
  created_at TEXT NOT NULL,
  last_login_at TEXT,
  totp_secret BLOB,
  -- The newest time step whose code was taken: no code counts twice.
  totp_step INTEGER NOT NULL DEFAULT 0,
  UNIQUE (source, subject)
);
CREATE TABLE grants (
  user INTEGER NOT NULL REFERENCES users (id),
  -- '*': every ente.
  ente TEXT NOT NULL,
  role TEXT NOT NULL,
  PRIMARY KEY (user, ente, role)
) WITHOUT ROWID;
CREATE TABLE sessions (
  hash TEXT PRIMARY KEY,
  user INTEGER NOT NULL REFERENCES users (id),
  -- How they came in: parola, passkey, oidc, ldap, saml.
  method TEXT NOT NULL,
  has_second_factor INTEGER NOT NULL,
  is_shared INTEGER NOT NULL,
  agent TEXT NOT NULL,
  address TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_by_user ON sessions (user);
-- One-time secrets: invitations, logins half way, challenges; by sha256.
CREATE TABLE flows (
  hash TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  user INTEGER REFERENCES users (id),
  data TEXT NOT NULL,
  ends_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE recovery_codes (
  user INTEGER NOT NULL REFERENCES users (id),
  hash TEXT NOT NULL,
  PRIMARY KEY (user, hash)
) WITHOUT ROWID;
CREATE TABLE passkeys (
  id TEXT PRIMARY KEY,
  user INTEGER NOT NULL REFERENCES users (id),
  name TEXT NOT NULL,
  public_key BLOB NOT NULL,
  counter INTEGER NOT NULL,
  transports TEXT NOT NULL,
  made_at TEXT NOT NULL,
  used_at TEXT
) WITHOUT ROWID;
CREATE TABLE tries (
  key TEXT NOT NULL,
  at INTEGER NOT NULL
);
CREATE INDEX tries_by_key ON tries (key, at);
-- Where an account was seen to come in: strangers elsewhere cannot keep it out there.
CREATE TABLE known_places (
  user INTEGER NOT NULL REFERENCES users (id),
  place TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (user, place)
) WITHOUT ROWID;
CREATE TABLE tokens (
  id INTEGER PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  -- JSON: what it may do.
  scopes TEXT NOT NULL,
  ente TEXT NOT NULL,
  sees_personal INTEGER NOT NULL DEFAULT 0,
  made_by TEXT NOT NULL,
  made_at TEXT NOT NULL,
  ends_at TEXT,
  revoked_at TEXT,
  used_at TEXT
);
CREATE TABLE answers (
  caller TEXT NOT NULL,
  key TEXT NOT NULL,
  digest TEXT NOT NULL,
  -- null: under way.
  status INTEGER,
  type TEXT,
  body TEXT,
  at INTEGER NOT NULL,
  PRIMARY KEY (caller, key)
) WITHOUT ROWID;
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  ente TEXT,
  subject TEXT,
  detail TEXT,
  address TEXT,
  previous TEXT NOT NULL,
  hash TEXT NOT NULL
);
CREATE INDEX audit_by_actor ON audit (actor, seq);
CREATE INDEX audit_by_action ON audit (action, seq);
CREATE INDEX audit_by_subject ON audit (subject, seq) WHERE subject IS NOT NULL;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE (ABORT, 'the audit log is only added to'); END;
CREATE TRIGGER audit_is_not_shortened BEFORE DELETE ON audit BEGIN SELECT RAISE (ABORT, 'the audit log is only added to'); END;
