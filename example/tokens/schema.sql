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
