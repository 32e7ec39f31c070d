-- The logins of ginlogin's users, one row each. Times are Unix seconds.
CREATE TABLE IF NOT EXISTS ginlogin_logins (
	id         TEXT    NOT NULL PRIMARY KEY,
	user_id    TEXT    NOT NULL,
	created    INTEGER NOT NULL,
	last_seen  INTEGER NOT NULL,
	expires    INTEGER NOT NULL,
	address    TEXT    NOT NULL,
	user_agent TEXT    NOT NULL,
	generation INTEGER NOT NULL,
	presented  INTEGER NOT NULL,
	rotated    INTEGER NOT NULL,
	swaps      INTEGER NOT NULL DEFAULT 0 -- how often the row was replaced
);
CREATE INDEX IF NOT EXISTS ginlogin_logins_user ON ginlogin_logins (user_id);
CREATE INDEX IF NOT EXISTS ginlogin_logins_expires ON ginlogin_logins (expires);
