package login

import "time"

// Ends are the moments at which a login ends or ages; 0 is never.
type Ends struct{ Idle, Absolute, Fresh int64 }

// Ends returns when the claimed login ends if it is not used again. seen is the
// activity cookie, and row the login's row, which is the zero Row without a login
// store. The end of freshness has passed if the login is stale.
func (c *Claim) Ends(p *Policy, seen Activity, row Row) (e Ends) {
	if c.Identity() == "" {
		return Ends{}
	}
	seconds := func(d time.Duration) int64 { return int64(d / time.Second) }
	if p.Idle > 0 {
		last := seen.lastSeen(&c.Record)
		if p.Stored && row.ID != "" { // a login made by this request has its row in the store only
			last = row.LastSeen.Unix()
		}
		e.Idle = last + seconds(p.Idle)
	}
	if p.Absolute > 0 {
		e.Absolute = c.Record.LoginAt + seconds(p.Absolute)
	}
	if actor, acting := c.Record.Actor(); acting {
		e.Absolute = c.Record.LoginAt + seconds(actingFor)
		if p.Absolute > 0 {
			// The acting login began earlier, so it reaches the timeout first.
			e.Absolute = min(e.Absolute, actor.LoginAt+seconds(p.Absolute))
		}
	}
	switch {
	case c.Source != Session || !c.Record.Fresh:
		e.Fresh = c.Record.AuthAt
	case p.FreshFor > 0:
		e.Fresh = c.Record.AuthAt + seconds(p.FreshFor)
	}
	return e
}
