package openid

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
)

// proof is an identity that needs one more step: an answer to a question, or a request with the session cookie, which
// browsers do not send with a form_post.
type proof struct {
	identity
	id      string // names it in the form of the question, so that a yes is for this one
	purpose string
	user    int64 // who was logged in when it began; 0 is nobody
	next    string
}

// errNoProof is the error for a browser without a proof, or with one that is too old.
var errNoProof = errors.New("this browser has no proof")

func (o *OpenID) prove(ctx context.Context, browser string, a *attempt, who identity) error {
	_, err := o.DB.ExecContext(ctx, `
		INSERT INTO openid_proofs (browser, id, purpose, user_id, next, subject, sid, name, email, issuer, expires)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (browser) DO UPDATE SET id = excluded.id, purpose = excluded.purpose, user_id = excluded.user_id,
			next = excluded.next, subject = excluded.subject, sid = excluded.sid, name = excluded.name,
			email = excluded.email, issuer = excluded.issuer, expires = excluded.expires`,
		browser, rand.Text(), a.purpose, a.user, a.next, who.Subject, who.SID, who.Name, who.Email, who.Issuer,
		o.Now().Add(lifetime).Unix())
	if err != nil {
		return fmt.Errorf("keeping a proof: %w", err)
	}
	return nil
}

const proofColumns = `id, purpose, user_id, next, subject, sid, name, email, issuer`

func scanProof(row *sql.Row) (*proof, error) {
	var p proof
	err := row.Scan(&p.id, &p.purpose, &p.user, &p.next, &p.Subject, &p.SID, &p.Name, &p.Email, &p.Issuer)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, errNoProof
	case err != nil:
		return nil, fmt.Errorf("reading a proof: %w", err)
	}
	return &p, nil
}

// lookAt returns the browser's proof for a purpose, which stays. A login that found no account may be used to link.
// Proofs of another provider than the present one are none.
func (o *OpenID) lookAt(ctx context.Context, browser string, purposes [2]string) (*proof, error) {
	return scanProof(o.DB.QueryRowContext(ctx, `SELECT `+proofColumns+` FROM openid_proofs
		WHERE browser = $1 AND expires >= $2 AND issuer = $3 AND purpose IN ($4, $5)`,
		browser, o.Now().Unix(), o.Settings.Issuer, purposes[0], purposes[1]))
}

// querier is a database or a transaction.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// take is lookAt that spends the proof, if it is the one with the ID.
func (o *OpenID) take(ctx context.Context, db querier, browser, id string, purposes [2]string) (*proof, error) {
	return scanProof(db.QueryRowContext(ctx, `DELETE FROM openid_proofs
		WHERE browser = $1 AND expires >= $2 AND issuer = $3 AND purpose IN ($4, $5) AND id = $6
		RETURNING `+proofColumns,
		browser, o.Now().Unix(), o.Settings.Issuer, purposes[0], purposes[1], id))
}

// What a proof may be taken for.
var (
	forLinking    = [2]string{toLink, toLogIn}
	forJoining    = [2]string{toLogIn, toLogIn}
	forConfirming = [2]string{toConfirm, toConfirm}
)
