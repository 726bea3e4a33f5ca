package io

import (
	"slices"
	"strings"

	"gont/ke"
	"gont/nt"
)

// Record is what became of a driver that was to be loaded.
type Record struct {
	Service
	File   string // "" when ImagePath leads nowhere
	Status nt.Status
	Reason string // why it was not loaded, "" for none or one that the status tells
	Order  int    // the how manieth it was, from 1 on
}

// records are those of all drivers, in the order in which they were tried.
var records struct {
	lock  ke.FastMutex
	list  []*Record
	tried int
}

// note records what became of a driver; the latest record of a name counts.
func note(v *Service, file string, s nt.Status, reason string) *Record {
	records.lock.Lock()
	defer records.lock.Unlock()
	records.tried++
	r := &Record{Service: *v, File: file, Status: s, Reason: reason, Order: records.tried}
	forgetLocked(v.Name)
	records.list = append(records.list, r)
	return r
}

// forget drops the record of a driver that is unloaded.
func forget(name string) {
	records.lock.Lock()
	defer records.lock.Unlock()
	forgetLocked(name)
}

func forgetLocked(name string) {
	records.list = slices.DeleteFunc(records.list, func(r *Record) bool { return strings.EqualFold(r.Name, name) })
}

// Records lists what became of every driver that was to be loaded and has not been
// unloaded since.
func Records() (list []Record) {
	records.lock.Lock()
	defer records.lock.Unlock()
	for _, r := range records.list {
		list = append(list, *r)
	}
	return list
}
