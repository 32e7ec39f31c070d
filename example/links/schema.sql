-- The addresses that users want and have not shown to be theirs. The one in users counts until then.
CREATE TABLE IF NOT EXISTS address_changes (
	user_id BIGINT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
	email   TEXT   NOT NULL -- as rules.NormalizeEmail returns it
);
