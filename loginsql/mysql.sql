-- The logins of ginlogin's users, one row each. Times are Unix seconds.
-- Text is kept as the bytes of its UTF-8: the collations for text, utf8mb4_bin
-- among them, take 'ada' and 'ada ' for the same user.
CREATE TABLE IF NOT EXISTS ginlogin_logins (
	id                VARBINARY(512) NOT NULL PRIMARY KEY,
	user_id           VARBINARY(512) NOT NULL,
	created           BIGINT NOT NULL,
	last_seen         BIGINT NOT NULL,
	expires           BIGINT NOT NULL,
	used              BOOLEAN NOT NULL,
	address           VARBINARY(512) NOT NULL,
	user_agent        VARBINARY(512) NOT NULL,
	generation        BIGINT NOT NULL,
	presented         BIGINT NOT NULL,
	cut               BIGINT NOT NULL,
	rotated           BIGINT NOT NULL,
	methods           VARBINARY(512) NOT NULL,
	acting_user       VARBINARY(512) NOT NULL,
	acting_login      VARBINARY(512) NOT NULL,
	acting_generation BIGINT NOT NULL,
	external_id       VARBINARY(512) NOT NULL,
	device            VARBINARY(512) NOT NULL,
	swaps             BIGINT NOT NULL DEFAULT 0, -- how often the row was replaced
	INDEX ginlogin_logins_user (user_id),
	INDEX ginlogin_logins_expires (expires),
	INDEX ginlogin_logins_unused (used, created),
	INDEX ginlogin_logins_external (external_id)
) ENGINE=InnoDB;
