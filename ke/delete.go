package ke

// Delete takes a mutant that nobody can name any more from the thread that
// owns it. Preconditions: nobody waits for it.
func (m *Mutant) Delete() {
	lock()
	if m.owner != nil {
		m.disown()
		m.signal = 1
	}
	unlock()
}

// Delete stops a timer that nobody can name any more.
func (t *Timer) Delete() { t.Cancel() }
