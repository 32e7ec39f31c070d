-- The logins of ginlogin's users, one row each. Times are Unix seconds.
-- Collation "C" compares bytes, so no upgrade of the system's locales can spoil
-- the indexes.
CREATE TABLE IF NOT EXISTS ginlogin_logins (
	id                TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	user_id           TEXT COLLATE "C" NOT NULL,
	created           BIGINT  NOT NULL,
	last_seen         BIGINT  NOT NULL,
	expires           BIGINT  NOT NULL,
	used              BOOLEAN NOT NULL,
	address           TEXT    NOT NULL,
	user_agent        TEXT    NOT NULL,
	generation        BIGINT  NOT NULL,
	presented         BIGINT  NOT NULL,
	cut               BIGINT  NOT NULL,
	rotated           BIGINT  NOT NULL,
	methods           TEXT    NOT NULL,
	acting_user       TEXT    NOT NULL,
	acting_login      TEXT    NOT NULL,
	acting_generation BIGINT  NOT NULL,
	external_id       TEXT COLLATE "C" NOT NULL,
	device            TEXT COLLATE "C" NOT NULL,
	swaps             BIGINT  NOT NULL DEFAULT 0 -- how often the row was replaced
);
CREATE INDEX IF NOT EXISTS ginlogin_logins_user ON ginlogin_logins (user_id);
CREATE INDEX IF NOT EXISTS ginlogin_logins_expires ON ginlogin_logins (expires);
CREATE INDEX IF NOT EXISTS ginlogin_logins_unused ON ginlogin_logins (created) WHERE used = FALSE;
CREATE INDEX IF NOT EXISTS ginlogin_logins_external ON ginlogin_logins (external_id) WHERE external_id <> '';
