-- The logins of ginlogin's users, one row each. Times are Unix seconds.
-- Text is kept as the bytes of its UTF-8: the collations for text, utf8mb4_bin
-- among them, take 'ada' and 'ada ' for the same user.
CREATE TABLE IF NOT EXISTS ginlogin_logins (
	id         VARBINARY(512) NOT NULL PRIMARY KEY,
	user_id    VARBINARY(512) NOT NULL,
	created    BIGINT NOT NULL,
	last_seen  BIGINT NOT NULL,
	expires    BIGINT NOT NULL,
	address    VARBINARY(512) NOT NULL,
	user_agent VARBINARY(512) NOT NULL,
	generation BIGINT NOT NULL,
	presented  BIGINT NOT NULL,
	rotated    BIGINT NOT NULL,
	swaps      BIGINT NOT NULL DEFAULT 0, -- how often the row was replaced
	INDEX ginlogin_logins_user (user_id),
	INDEX ginlogin_logins_expires (expires)
) ENGINE=InnoDB;
