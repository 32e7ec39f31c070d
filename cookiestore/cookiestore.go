// Package cookiestore keeps gin-contrib/sessions in encrypted cookies. It can replace gin-contrib/sessions/cookie without
// logging users out:
//
//	store := cookiestore.NewStore(key)                        // 32 random bytes
//	store.MigrateFrom(oldAuthenticationKey, oldEncryptionKey) // the keys of cookie.NewStore; for the first 30 days
//	r.Use(cookiestore.Sessions("session", store))             // or sessions.Sessions("session", store)
//
// To rotate keys, give NewStore several, the new one first. (The arguments of cookie.NewStore are pairs of keys, to sign and to
// encrypt.)
//
// Handlers still use sessions.Default(c). Both middlewares work. Ours is faster, sends one Set-Cookie line however often a
// session is saved, makes a late Save return an error, and is safe in goroutines.
//
// The cookies are Secure, HttpOnly and SameSite=Lax. They end with the browser; the server accepts a session for 30 days after its
// last Save. [Store.Options] changes all of this; turn Secure off with it for plain HTTP.
//
// # Caches
//
// A Save that sets or deletes the cookie forbids caches to store the response: Cache-Control: private, no-store, unless the app
// has set its own. With our middleware a response also has Vary: Cookie if the session was used before the headers were sent.
// gin-contrib's middleware gives a store no response when it reads, so there only a Save adds Vary: Cookie.
//
// # Values
//
// Values come back with the type they went in with. string, bool, all ints and uints, floats, []byte, time.Time (with its zone
// offset, without the monotonic reading), []string, []any and map[string]any, nested up to 32 deep, are stored compactly and
// read without reflection. Anything else goes through encoding/gob, which is slow and takes more of the 4096 bytes that a
// browser keeps: register its type once with gob.Register. A value whose type the program no longer knows is nil; the rest of
// the session stays. Keys are usually strings; any comparable value of these types works.
//
// A string from a session shares memory with the whole session, some hundred bytes; use strings.Clone to keep it for long.
//
// # What a holder of the cookie can do
//
// A holder of the cookie without a key, its owner included, cannot
//
//   - read it. Exceptions: its length shows, and whether two cookies come from the same period of one server process.
//   - change any bit of it, or forge one. Such a session is empty, and nothing is logged.
//   - use it as a session of another name, or for another purpose: name and purpose are authenticated with it.
//   - use it beyond its lifetime: the time of the last Save is inside, as is the session's own lifetime if it has one.
//
// Until the lifetime ends, a holder can
//
//   - use a stolen cookie from anywhere. HttpOnly, Secure and ginlogin's session protection defend against that.
//   - replay an older state of it, also after a logout: the server keeps no record. A value that can be used only once, like a
//     voucher, or that other devices can end, like a login, does not belong in a cookie. For logins ginlogin has a login store.
//   - delete it.
//
// # How it is sealed
//
// From each configured key HKDF-SHA256 derives, for sessions only, an ID of 32 bits and any number of subkeys, one for each
// 64-bit salt. A cookie is the key's ID, the salt of a subkey, and the session under AES-256-GCM with that subkey and a random
// 96-bit nonce; version, purpose and cookie name are its additional data. The ID picks one of several keys, so that rotation
// costs nothing and garbage is refused before any cryptography. Salt and ID need no protection of their own: with a wrong one
// the key does not open the rest.
//
// # The nonce
//
// GCM is broken when a nonce repeats under one key: comparing the two cookies reveals both sessions, and cookies can be forged
// under that key. With random 96-bit nonces NIST SP 800-38D therefore stops at 2³² messages per key, which leaves a chance of
// 2⁻³² of a repetition. Here a process draws a new salt when it starts and after every 2¹⁶ cookies. Of n cookies sealed under
// one configured key, a pair shares its subkey with at most 2¹⁶ others, so that a nonce repeats with a chance of at most n · 2¹⁶
// / 2⁹⁷: after 2⁴⁸ cookies that is 2⁻³³, which is below NIST's limit for 2³² messages, and a repetition would reveal the 2¹⁶
// cookies of one subkey. 2⁴⁸ is a thousand cookies a second for nine thousand years. Two processes that draw the same salt,
// which takes some 2³² processes, only share a subkey: their nonces are still random. There is no counter, so nothing repeats
// when a virtual machine is copied or restored; its kernel has new random bytes for each copy.
//
// XAES-256-GCM has a subkey per message and allows 2⁸⁰ messages, but costs a key schedule each time. XChaCha20-Poly1305, with
// nonces of 192 bits, also allows more, and takes three times as long for a cookie of 150 bytes. A subkey that is used for a
// while can be kept ready: opening such a cookie takes a tenth of a microsecond. Each configured key has a table of 4096
// subkeys. It holds only subkeys that have opened a cookie, so it cannot be flooded.
//
// # Why not a library
//
//   - gorilla/securecookie, beneath the stock store: it signs, and encrypts only with a second key; it accepts passwords as
//     keys; it encodes base64 twice, so that 2,200 bytes of session fill the cookie; it accepts cookies for 30 days whatever the
//     options say; and its gob, which compiles a decoder for each cookie, takes four fifths of the time of an authenticated
//     request.
//   - alexedwards/scs: a good library with the session on the server; its cookie is a token.
//   - PASETO v4.local (aidanwoods.dev/go-paseto): sound, and the right choice across languages. Its claims are JSON, which turns
//     every int into a float64, and its XChaCha20 with BLAKE2b is no faster than XChaCha20-Poly1305.
//   - iron, beneath Node's iron-session: AES-CBC and HMAC under two keys that PBKDF2 derives for each cookie, around JSON.
//   - JWE: the same JSON, and a header in which the sender names the algorithm.
//   - filippo.io/xaes256gcm: see above. filippo.io/age: for files; a header of 200 bytes and a key agreement for each cookie.
//   - Tink: key management for companies that have some, and a large dependency; its AES-GCM has the limit of 2³².
//
// Our own code is only the layout of four fields. The ciphers, the nonces (cipher.NewGCMWithRandomNonce) and HKDF are those of
// the standard library. AES-GCM does not commit to its key; that matters only where an attacker can choose keys, and here none
// can.
package cookiestore
