CREATE TABLE IF NOT EXISTS users (
	-- AUTOINCREMENT: an ID is never given twice, or else the cookies of a deleted account would open
	-- the account that got its ID.
	id            INTEGER PRIMARY KEY AUTOINCREMENT,
	email         TEXT      NOT NULL UNIQUE, -- as normalizeEmail returns it
	name          TEXT      NOT NULL,
	password_hash TEXT      NOT NULL,
	-- A random text, new with every new password: see User.SessionHash. Accounts have '' that were made
	-- before there was this column, until their password changes.
	security_stamp TEXT     NOT NULL DEFAULT '',
	role          TEXT      NOT NULL DEFAULT 'member', -- or 'admin'
	active        BOOLEAN   NOT NULL DEFAULT TRUE,     -- until an administrator deactivates the account
	created_at    TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- The API tokens of the users. Times are Unix seconds.
CREATE TABLE IF NOT EXISTS api_tokens (
	id        TEXT   NOT NULL PRIMARY KEY, -- names it on the page; no secret
	user_id   BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	name      TEXT   NOT NULL,             -- as the user calls it
	hash      TEXT   NOT NULL UNIQUE,      -- SHA-256 in hex
	created   BIGINT NOT NULL,
	last_used BIGINT NOT NULL DEFAULT 0    -- 0: never
);
CREATE INDEX IF NOT EXISTS api_tokens_user ON api_tokens (user_id);
