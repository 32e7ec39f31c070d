-- The passkeys of the users. Times are Unix seconds. Passkeys belong to the domain that they were made for.

-- What authenticators know a user by.
CREATE TABLE IF NOT EXISTS passkey_users (
	domain  TEXT   NOT NULL,
	user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	handle  BLOB   NOT NULL, -- random, so that it says nothing about the account
	PRIMARY KEY (domain, user_id),
	UNIQUE (domain, handle)
);

CREATE TABLE IF NOT EXISTS passkeys (
	id         TEXT   NOT NULL PRIMARY KEY, -- names it on the page; no secret
	domain     TEXT   NOT NULL,
	user_id    BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	name       TEXT   NOT NULL,             -- as the user calls it
	credential BLOB   NOT NULL,             -- the ID that the authenticator gave it
	record     TEXT   NOT NULL,             -- webauthn.Credential as JSON: public key, counter, flags
	created    BIGINT NOT NULL,
	last_used  BIGINT NOT NULL DEFAULT 0,   -- 0: never
	UNIQUE (domain, credential)
);
CREATE INDEX IF NOT EXISTS passkeys_user ON passkeys (user_id);

-- What browsers have been asked to sign, until it comes back or has expired.
CREATE TABLE IF NOT EXISTS passkey_challenges (
	challenge TEXT   NOT NULL PRIMARY KEY,
	browser   TEXT   NOT NULL, -- SHA-256 in hex of what the session of that browser holds
	purpose   TEXT   NOT NULL,
	user_id   BIGINT NOT NULL, -- 0: whoever has a passkey
	ceremony  TEXT   NOT NULL, -- webauthn.SessionData as JSON
	expires   BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS passkey_challenges_expires ON passkey_challenges (expires);
