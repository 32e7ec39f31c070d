-- The logins of ginlogin's users, one row each. Times are Unix seconds.
CREATE TABLE IF NOT EXISTS ginlogin_logins (
	id                TEXT    NOT NULL PRIMARY KEY,
	user_id           TEXT    NOT NULL,
	created           INTEGER NOT NULL,
	last_seen         INTEGER NOT NULL,
	expires           INTEGER NOT NULL,
	used              INTEGER NOT NULL, -- 0 or 1
	address           TEXT    NOT NULL,
	user_agent        TEXT    NOT NULL,
	generation        INTEGER NOT NULL,
	presented         INTEGER NOT NULL,
	cut               INTEGER NOT NULL,
	rotated           INTEGER NOT NULL,
	methods           TEXT    NOT NULL,
	acting_user       TEXT    NOT NULL,
	acting_login      TEXT    NOT NULL,
	acting_generation INTEGER NOT NULL,
	external_id       TEXT    NOT NULL,
	device            TEXT    NOT NULL,
	swaps             INTEGER NOT NULL DEFAULT 0 -- how often the row was replaced
);
CREATE INDEX IF NOT EXISTS ginlogin_logins_user ON ginlogin_logins (user_id);
CREATE INDEX IF NOT EXISTS ginlogin_logins_expires ON ginlogin_logins (expires);
CREATE INDEX IF NOT EXISTS ginlogin_logins_unused ON ginlogin_logins (created) WHERE used = FALSE;
CREATE INDEX IF NOT EXISTS ginlogin_logins_external ON ginlogin_logins (external_id) WHERE external_id <> '';
