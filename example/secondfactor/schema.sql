-- Who has turned the second step on. Times are Unix seconds.
CREATE TABLE IF NOT EXISTS second_factors (
	user_id   BIGINT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
	id        TEXT   NOT NULL,          -- another one each time that it is turned on
	key_id    TEXT   NOT NULL,          -- names the site's key that the secret is encrypted under
	secret    BLOB   NOT NULL,          -- of the app, encrypted: see vault.go
	last_step BIGINT NOT NULL,          -- the newest half minute whose code was used
	created   BIGINT NOT NULL,
	warned    BIGINT NOT NULL DEFAULT 0 -- when the owner was last told that somebody guesses
);
CREATE TABLE IF NOT EXISTS recovery_codes (
	user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	hash    TEXT   NOT NULL, -- SHA-256 in hex; the row goes with the use of the code
	PRIMARY KEY (user_id, hash)
);
