CREATE TABLE IF NOT EXISTS users (
	-- AUTOINCREMENT: an ID is never given twice, or else the cookies of a deleted account would open
	-- the account that got its ID.
	id            INTEGER PRIMARY KEY AUTOINCREMENT,
	email         TEXT      NOT NULL UNIQUE, -- as rules.NormalizeEmail returns it
	name          TEXT      NOT NULL,
	password_hash TEXT      NOT NULL,
	-- A random text, new with every new password: see User.SessionHash. Accounts have '' that were made
	-- before there was this column, until their password changes.
	security_stamp TEXT     NOT NULL DEFAULT '',
	role          TEXT      NOT NULL DEFAULT 'member', -- or 'admin'
	active        BOOLEAN   NOT NULL DEFAULT TRUE,     -- until an administrator deactivates the account
	email_verified BOOLEAN  NOT NULL DEFAULT FALSE,    -- a link that was sent to the address has been used
	links_used    BIGINT    NOT NULL DEFAULT 0,        -- logins by link so far
	created_at    TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
