package session

// Values are the values of a session while [Session.Update] edits them. Each edit is noted, so that
// it can be undone.
type Values struct {
	session *Session
	journal []entry
	first   [3]entry // where the journal begins: most updates have no more edits
}

// An entry is what was under a key before an edit.
type entry struct {
	key, value any
	present    bool
}

// Get returns the string under key, or "".
func (v *Values) Get(key string) string { return v.session.Get(key) }

// Set puts the value under key.
func (v *Values) Set(key, value string) {
	k := any(key)
	v.note(k)
	v.put(k, value)
}

// Delete removes the value under key.
func (v *Values) Delete(key string) {
	k := any(key)
	v.note(k)
	v.remove(k)
}

// Clear removes all values but those whose key is a string for which keep returns true.
//
// Exception: a foreign session that cannot list its values (it has no Range) is asked for the known
// keys. Of its values, only those can be kept, or be restored when the save fails.
func (v *Values) Clear(keep func(key string) bool, known ...string) {
	kept := func(key any) bool {
		name, ok := key.(string)
		return ok && keep(name)
	}
	if g := v.session.gorilla; g != nil {
		for key := range g.Values {
			if !kept(key) {
				v.note(key)
				delete(g.Values, key)
			}
		}
		return
	}
	all := v.foreign(known)
	if v.journal == nil {
		v.journal = all
	} else {
		v.journal = append(v.journal, all...)
	}
	v.session.app.Clear()
	for _, e := range all {
		if kept(e.key) {
			v.session.app.Set(e.key, e.value)
		}
	}
}

// foreign returns the values of a foreign session, as far as they can be known.
func (v *Values) foreign(known []string) []entry {
	all := make([]entry, 0, 4)
	add := func(key, value any) bool {
		all = append(all, entry{key, value, true})
		return true
	}
	app := v.session.app
	if ranger, ok := app.(interface {
		Range(func(key, value any) bool)
	}); ok {
		ranger.Range(add)
		return all
	}
	for _, key := range known {
		if value := app.Get(key); value != nil {
			add(key, value)
		}
	}
	return all
}

// note appends to the journal what is under key now.
func (v *Values) note(key any) {
	if v.journal == nil {
		v.journal = v.first[:0]
	}
	e := entry{key: key}
	if g := v.session.gorilla; g != nil {
		e.value, e.present = g.Values[key]
	} else {
		e.value = v.session.app.Get(key)
		e.present = e.value != nil
	}
	v.journal = append(v.journal, e)
}

// undo takes all edits back, the last one first.
func (v *Values) undo() {
	for i := len(v.journal) - 1; i >= 0; i-- {
		if e := v.journal[i]; e.present {
			v.put(e.key, e.value)
		} else {
			v.remove(e.key)
		}
	}
}

// put and remove go beneath gin-contrib's session where they can: it would remember that it was
// written, and the app's next Save would write it once more.
func (v *Values) put(key, value any) {
	if g := v.session.gorilla; g != nil {
		g.Values[key] = value
		return
	}
	v.session.app.Set(key, value)
}

func (v *Values) remove(key any) {
	if g := v.session.gorilla; g != nil {
		delete(g.Values, key)
		return
	}
	v.session.app.Delete(key)
}
