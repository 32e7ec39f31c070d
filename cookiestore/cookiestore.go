// Package cookiestore keeps gin-contrib/sessions in encrypted cookies. It can replace gin-contrib/sessions/cookie without a
// logout of the users:
//
//	store := cookiestore.NewStore(key)                        // 32 random bytes
//	store.MigrateFrom(oldAuthenticationKey, oldEncryptionKey) // the keys of cookie.NewStore; for the first 30 days
//	r.Use(cookiestore.Sessions("session", store))             // or sessions.Sessions("session", store)
//
// NewStore takes keys to rotate, the new one first; cookie.NewStore takes pairs of keys that sign and encrypt.
//
// Handlers still use sessions.Default(c). Both middlewares work. Ours is faster, sends one Set-Cookie line for a session however
// often it is saved, returns an error from a Save that comes too late, and is safe in goroutines.
//
// The cookies are Secure, HttpOnly and SameSite=Lax. They end with the browser; the server accepts a session for 30 days after its
// last Save. [Store.Options] changes that; for plain HTTP, turn Secure off with it.
//
// # Caches
//
// A Save that sets or deletes the cookie forbids caches to store the response: Cache-Control: private, no-store, unless the app
// has set its own. With our middleware a response also has Vary: Cookie if the session was used before the headers were sent.
// gin-contrib's does not show the response to a store that reads, so there only a Save adds Vary: Cookie.
//
// # Values
//
// Values come back with the type they went in with. string, bool, all ints and uints, floats, []byte, time.Time (with its zone
// offset, without the monotonic reading), []string, []any and map[string]any, nested up to 32 deep, are stored compactly and
// read without reflection. Anything else goes through encoding/gob: register its type once with gob.Register; it takes more of
// the 4096 bytes that a browser keeps, and is slow. A value whose type the program no longer knows is nil; the rest of the
// session stays. Keys are usually strings; any comparable value of these types will do.
//
// A string from a session shares memory with the whole session, some hundred bytes; use strings.Clone to keep one for long.
//
// # What the cookie is safe against
//
// A holder of the cookie without a key, its owner included, cannot
//
//   - read it. Exceptions: its length shows, and whether two cookies come from the same period of one server process.
//   - change any bit of it, or forge one. Such a session is empty, and nothing is logged.
//   - use it as a session of another name, or for another purpose than a session: both are authenticated with it.
//   - use it beyond its lifetime: the time of the last Save is inside, and so is the session's own lifetime if it had one.
//
// But until then a holder can
//
//   - use a stolen one from anywhere. HttpOnly, Secure and ginlogin's session protection defend against that.
//   - replay an older state of it, also after a logout: the server keeps no record. A value that can be used only once, like a
//     voucher, or that other devices can end, like a login, does not belong in a cookie; ginlogin has a login store for logins.
//   - delete it.
//
// # How it is sealed
//
// HKDF-SHA256 derives from each configured key, for the purpose of sessions alone, an ID of 32 bits and any number of subkeys, one
// for each 64-bit salt. A cookie is the key's ID, the salt of a subkey, and the session under AES-256-GCM with that subkey and a
// random 96-bit nonce; version, purpose and cookie name are its additional data. The ID picks the key among several, so that
// rotation costs nothing and rubbish is refused before any cryptography. A wrong salt or ID names a key that does not open the
// rest; they need no other protection.
//
// # The nonce
//
// GCM is lost when a nonce repeats under one key: two sessions become readable against each other, and cookies can be forged under
// that key. With random 96-bit nonces NIST SP 800-38D therefore stops at 2³² messages per key, which leaves a chance of 2⁻³² of a
// repetition. Here a process draws a new salt when it starts and after every 2¹⁶ cookies. Of n cookies sealed under one configured
// key, a pair shares its subkey with at most 2¹⁶ others, so that a nonce repeats with a chance of at most n · 2¹⁶ / 2⁹⁷:
// after 2⁴⁸ cookies that is 2⁻³³, below what NIST asks of 2³², and a repetition would give away the 2¹⁶ cookies of one subkey. 2⁴⁸ is a
// thousand cookies a second for nine thousand years. Two processes that draw the same salt, which takes some 2³² of them, only share
// a subkey: their nonces are random still. Nothing is counted, so nothing repeats when a virtual machine is copied or set back; its
// kernel has new random bytes for each copy.
//
// A subkey per message, as XAES-256-GCM has it, goes further yet, to 2⁸⁰ messages, but costs a key schedule each time; 192-bit nonces
// under XChaCha20-Poly1305 likewise, at three times the time for a cookie of 150 bytes. A subkey that is kept for a while can be
// kept ready too: opening such a cookie takes a tenth of a microsecond. A table of 4096 subkeys is kept for each configured key,
// and holds only those that have opened something, so it cannot be flooded.
//
// # Why not a library
//
//   - gorilla/securecookie, beneath the stock store: signs, and encrypts only if given a second key; takes passwords for keys; encodes
//     base64 twice, so that 2,200 bytes of session fill the cookie; 30 days whatever the options say; and gob, which compiles its
//     decoder anew for each cookie, is four fifths of the time that an authenticated request takes.
//   - alexedwards/scs: a good library with the session on the server; its cookie is a token.
//   - PASETO v4.local (aidanwoods.dev/go-paseto): sound, and the right choice across languages. Its claims are JSON, which turns
//     every int into a float64, and its XChaCha20 with BLAKE2b is no faster than what is above.
//   - iron, beneath Node's iron-session: AES-CBC and HMAC under two keys that PBKDF2 derives for each cookie, around JSON.
//   - JWE: the same JSON, and a header in which the sender names the algorithm.
//   - filippo.io/xaes256gcm: see above. filippo.io/age: for files; a header of 200 bytes and a key agreement for each cookie.
//   - Tink: key management for companies that have some, and a large dependency; its AES-GCM has the limit of 2³².
//
// What is left to write is the layout of four fields. The ciphers, the nonces (cipher.NewGCMWithRandomNonce) and HKDF are those of
// the standard library. AES-GCM does not commit to its key, which matters where an attacker can choose keys; here he cannot.
package cookiestore
