package display

// ShowLogo shows the logo with a caption and a version below, and the bar (SPEC P1.4),
// unless SOS shows text, or NOGUIBOOT or QUIETBOOT want nothing.
func ShowLogo(caption, version string) {
	if state.sos || state.quiet {
		return
	}
	lock.Lock()
	defer lock.Unlock()
	screen.ShowLogo(caption, version)
	for _, s := range state.missed {
		screen.Write(oem(s))
	}
}

// Progress moves the bar: percent of the start are done.
func Progress(percent int) { setProgress(percent, 100) }

// DriverProgress moves the bar within the drivers' part of it (SPEC P1.34): done of all
// drivers have been started.
func DriverProgress(done, all int) {
	state.progress.SetSubset(25, 75)
	setProgress(done, all)
	state.progress.SetSubset(0, 100)
}

func setProgress(done, all int) {
	lock.Lock()
	defer lock.Unlock()
	state.progress.UpdateOf(done, all)
	at := state.progress.At()
	screen.SetProgress(at)
	machine.Progressed(at)
}

// HideLogo takes the logo away, and text may come (SPEC P1.42).
func HideLogo() {
	lock.Lock()
	defer lock.Unlock()
	if !screen.LogoShown() && !state.quiet {
		return
	}
	screen.HideLogo()
	active = true
	for _, s := range state.missed {
		screen.Write(oem(s))
	}
	state.missed = nil
}
