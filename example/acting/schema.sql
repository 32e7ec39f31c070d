-- When which administrator has acted as which user. Times are Unix seconds.
CREATE TABLE IF NOT EXISTS acted (
	id       TEXT   NOT NULL PRIMARY KEY,
	user_id  BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	admin_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	login    TEXT   NOT NULL DEFAULT '', -- ginlogin's ID of it
	began    BIGINT NOT NULL,
	ended    BIGINT NOT NULL DEFAULT 0   -- 0: it was not stopped by the button
);
CREATE INDEX IF NOT EXISTS acted_user ON acted (user_id, began);
