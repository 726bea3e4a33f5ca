//go:build kernel

package hal

// CalibrateClocks measures the TSC and the APIC timer, chooses what keeps time, and sets
// the interval clock up, masked (SPEC P0.4). prefer ("HPET", "PM timer") gives the
// figure if it counts and is not outvoted. say is what is worth telling: which clock
// gave the figure unless the PIT did, and all that was found wrong.
func CalibrateClocks(prefer string) (say []string, err error) {
	apic := func() uint32 { return 0 }
	if hasApic() {
		apicWrite(apicDivide, apicDivideBy16)
		apicWrite(apicInitial, 0xFFFFFFFF)
		apic = func() uint32 { return apicRead(apicCurrent) }
	}
	all, list := counters()
	best := calibrate(all, apic)
	list = append(append(list, best.readings(all)...), claims()...)
	v, ok := judge(list, prefer)
	if hardware := best.alive(); !ok || v.tied || !hardware {
		// Nothing counts, or nothing decides: two seconds of the CMOS clock may.
		if r, there := rtcReading(); there {
			list = append(list, r)
			v, ok = judge(list, prefer)
		}
	}
	say = v.say
	if !ok {
		return say, ErrNoYardstick
	}
	if v.by != namePIT {
		say = append(say, "clocks measured by the "+v.by)
	}
	tscHz = v.tsc
	tscMult = (1_000_000_000 << 32) / tscHz // time jumps forward to what it is
	say = append(say, keepTime(all, list, v))
	apicHz = 0
	if hasApic() {
		apicWrite(apicInitial, 0)
		if best.apic.tsc != 0 {
			apicHz = uint64(float64(best.apic.ticks) * float64(tscHz) / float64(best.apic.tsc))
		}
	}
	text, err := chooseTick()
	if text != "" {
		say = append(say, text)
	}
	return say, err
}

// calibrate makes runs until the clocks that count are known well enough, and returns the
// best of each. What one of them does not know, judge takes into account: under an emulator the processor may stand still between two
// instructions.
func calibrate(all []counter, apic func() uint32) (best run) {
	best.counters = make([]measured, len(all))
	pit, dead := true, 0
	for i := range calibrationRuns {
		r := measure(all, pit, apic)
		if r.pit.better(best.pit) {
			best.pit = r.pit
		}
		// Twice, for an emulator may stand still at any place.
		if dead++; r.pitDead == "" {
			dead = 0
		} else if dead == 2 && best.pit.tsc == 0 {
			best.pitDead, pit = r.pitDead, false
		}
		if r.apic.better(best.apic) {
			best.apic = r.apic
		}
		good, fair, some, alive := false, true, false, pit
		look := func(m measured) {
			good = good || m.within(calibrationGood)
			fair = fair && m.within(calibrationFair)
			some = some || m.within(calibrationFair)
		}
		if pit {
			look(best.pit)
		}
		for k, m := range r.counters {
			if m.better(best.counters[k]) {
				best.counters[k] = m
			}
			if best.counters[k].tsc != 0 { // else it stands
				look(best.counters[k])
				alive = true
			}
		}
		apicFair := kind == StandardPC || best.apic.ticks == 0 || best.apic.within(calibrationFair)
		if !alive && i >= 3 || apicFair && (fair && good || some && i >= calibrationSome) {
			break
		}
	}
	return best
}

// readings are what the clocks of the best runs say.
func (best run) readings(all []counter) (list []reading) {
	if best.pitDead != "" {
		list = append(list, reading{name: namePIT, problem: best.pitDead})
	} else if best.pit.tsc != 0 {
		list = append(list, best.pit.reading(namePIT, pitHz))
	}
	for i, c := range all {
		if m := best.counters[i]; m.tsc == 0 {
			list = append(list, reading{name: c.name, problem: "does not count"})
		} else {
			list = append(list, m.reading(c.name, c.hz))
		}
	}
	return list
}

// alive reports whether any clock of the chipset counts.
func (best run) alive() bool {
	for _, m := range best.counters {
		if m.tsc != 0 {
			return true
		}
	}
	return best.pit.tsc != 0
}

// claims are what CPUID tells about the time-stamp counter: leaf 15h, where it gives
// the crystal, leaf 16h's base frequency (SDM vol. 2, CPUID), and a hypervisor's leaf
// 40000010h (VMware's, which others have taken over), kHz.
func claims() (list []reading) {
	add := func(name string, hz uint64) {
		if hz != 0 {
			list = append(list, reading{name: name, tsc: hz, claim: true})
		}
	}
	top, _, _, _ := cpuid(0, 0)
	if top >= 0x15 {
		a, b, c, _ := cpuid(0x15, 0)
		add(nameCrystal, crystalRate(a, b, c))
	}
	if top >= 0x16 {
		a, _, _, _ := cpuid(0x16, 0)
		add(nameNominal, uint64(a&0xFFFF)*1_000_000)
	}
	if underHypervisor() {
		if top, _, _, _ := cpuid(0x40000000, 0); top >= 0x40000010 && top < 0x40010000 {
			a, _, _, _ := cpuid(0x40000010, 0)
			add(nameHypervisor, uint64(a)*1000)
		}
	}
	return list
}

func underHypervisor() bool {
	_, _, c, _ := cpuid(1, 0)
	return c&(1<<31) != 0
}

// rtcReading measures two seconds of the CMOS clock. there is false where the firmware
// says that there is none.
func rtcReading() (r reading, there bool) {
	if !hasRtc() {
		return r, false
	}
	r.name = nameRTC
	binary := cmos(0x0B)&4 != 0
	second := func() int { // -1 for what is no second: it is being changed
		v := cmos(0)
		n := int(v)
		if !binary {
			if n = int(v>>4)*10 + int(v&15); v&15 > 9 {
				return -1
			}
		}
		if n > 59 {
			return -1
		}
		return n
	}
	edge := func() (m mark, now int, ok bool) {
		old := second()
		before := ReadTSC()
		for range 4_000_000 {
			now := second()
			after := ReadTSC()
			if now >= 0 && old >= 0 && now != old {
				return mark{before: before, after: after}, now, true
			}
			if now >= 0 {
				old = now
			}
			before = after
		}
		return m, old, false
	}
	for range 3 {
		first, last, ok := edge()
		seconds := uint64(0)
		for range 4 {
			var now int
			var m mark
			if !ok {
				break
			}
			if m, now, ok = edge(); !ok {
				break
			}
			// An emulated processor may have missed one.
			step := uint64((now - last + 60) % 60)
			if last = now; step == 0 || step > 10 {
				break
			}
			seconds += step
			ticks, unsure := span(first, m)
			r.tsc, r.unsure = ticks/seconds, unsure/seconds+1
			if r.unsure*2*calibrationFair < r.tsc {
				return r, true
			}
		}
		if r.tsc != 0 {
			return r, true
		}
	}
	r.problem = "does not count seconds"
	return r, true
}
