-- Logging in with OpenID Connect. Times are Unix seconds.

-- Whose account at a provider opens which account here. The key is the issuer with the subject, and never the
-- e-mail address: addresses change hands, and some providers let their users enter any.
CREATE TABLE IF NOT EXISTS openid_links (
	issuer    TEXT   NOT NULL,
	subject   TEXT   NOT NULL,
	user_id   BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	stamp     TEXT   NOT NULL, -- the user's security stamp; with another one the link is paused
	name      TEXT   NOT NULL, -- what the provider called them, to be shown to the owner
	email     TEXT   NOT NULL,
	linked    BIGINT NOT NULL,
	last_used BIGINT NOT NULL DEFAULT 0, -- 0: never
	PRIMARY KEY (issuer, subject),
	UNIQUE (user_id, issuer)
);

-- Who is away at the provider. A row is deleted when its answer comes, so that each state, nonce and verifier is
-- good once.
CREATE TABLE IF NOT EXISTS openid_attempts (
	state    TEXT   NOT NULL PRIMARY KEY, -- SHA-256 in hex, as browser
	browser  TEXT   NOT NULL,
	purpose  TEXT   NOT NULL,
	user_id  BIGINT NOT NULL, -- 0: nobody
	next     TEXT   NOT NULL,
	nonce    TEXT   NOT NULL,
	verifier TEXT   NOT NULL,
	expires  BIGINT NOT NULL
);

-- Who is back, and has something to answer before it counts.
CREATE TABLE IF NOT EXISTS openid_proofs (
	browser TEXT   NOT NULL PRIMARY KEY, -- one each: the last
	id      TEXT   NOT NULL,             -- no secret
	purpose TEXT   NOT NULL,
	user_id BIGINT NOT NULL,
	next    TEXT   NOT NULL,
	subject TEXT   NOT NULL,
	sid     TEXT   NOT NULL,
	name    TEXT   NOT NULL,
	email   TEXT   NOT NULL,
	issuer  TEXT   NOT NULL,
	expires BIGINT NOT NULL
);

-- The logout tokens that have been used.
CREATE TABLE IF NOT EXISTS openid_logouts (
	token   TEXT   NOT NULL PRIMARY KEY, -- SHA-256 of issuer and jti
	expires BIGINT NOT NULL
);
