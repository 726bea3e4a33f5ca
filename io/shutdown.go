package io

import (
	"fmt"
	"slices"
	"strings"

	"gont/ex"
	"gont/nt"
)

// Chance says when a device is told that the system ends (SPEC X1).
type Chance uint8

const (
	// FirstChance is before the registry and the volumes are written: files and keys can be changed
	// still (IoRegisterShutdownNotification).
	FirstChance Chance = iota
	// LastChance is when all volumes are closed: nothing writes to a disk any more
	// (IoRegisterLastChanceShutdownNotification).
	LastChance
)

// toldLimit is how long one device, or one file system, is waited for, 100 ns: ten seconds, and forty.
const (
	toldLimit       = 10 * 10_000_000
	fileSystemLimit = 40 * 10_000_000
)

// told are the devices that have registered, by Chance, the newest first. registering guards it.
var told [2][]*Device

// RegisterShutdown is IoRegisterShutdownNotification or, with LastChance,
// IoRegisterLastChanceShutdownNotification: the device gets a request Shutdown when the system
// ends, and its driver keeps it for at most ten seconds. DeleteDevice takes the registration back.
// PASSIVE_LEVEL.
func RegisterShutdown(d *Device, c Chance) {
	registering.Lock()
	if !slices.Contains(told[c], d) {
		told[c] = append([]*Device{d}, told[c]...)
	}
	d.shutdown.Store(true)
	registering.Unlock()
}

// UnregisterShutdown is IoUnregisterShutdownNotification. It does nothing for a device that is not
// registered. PASSIVE_LEVEL.
func UnregisterShutdown(d *Device) {
	registering.Lock()
	for c := range told {
		told[c] = slices.DeleteFunc(slices.Clone(told[c]), func(o *Device) bool { return o == d })
	}
	d.shutdown.Store(false)
	registering.Unlock()
}

// NotifyShutdown tells the devices that have registered, one after the other, the newest first, by way of
// whoever is attached to them. It returns which drivers did not answer, or answered with an error:
// "" for none. PASSIVE_LEVEL.
func NotifyShutdown(c Chance) string {
	registering.Lock()
	list := told[c]
	registering.Unlock()
	return tellShutdown(list, toldLimit)
}

// ShutdownFileSystems tells all file systems that the system ends (SPEC X1): they write what
// they have, and mark their volumes as closed. It returns what NotifyShutdown returns. PASSIVE_LEVEL.
func ShutdownFileSystems() string {
	registering.Lock()
	list := fileSystems
	registering.Unlock()
	return tellShutdown(list, fileSystemLimit)
}

// tellShutdown sends each device a request Shutdown, and waits for each as long as limit.
func tellShutdown(list []*Device, limit int64) string {
	var said []string
	for _, d := range list {
		if !d.reference(false).OK() {
			continue // it is being deleted
		}
		status := make(chan nt.Status, 1)
		name := d.Driver.Object.Path()
		if !ex.Within("IoShutdownSystem", limit, func() {
			top, size := d.top()
			irp := AllocateIrp(size)
			irp.NextLocation().Major = Shutdown
			status <- Synchronously(top, irp)
			d.release()
		}) {
			said = append(said, fmt.Sprintf("%s does not answer and is left behind", name))
		} else if s := <-status; !s.OK() {
			said = append(said, fmt.Sprintf("%s: %v", name, s))
		}
	}
	if len(said) == 0 {
		return ""
	}
	return strings.Join(said, "; ") + "."
}
