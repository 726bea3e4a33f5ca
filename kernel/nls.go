//go:build kernel

package main

import (
	"gont/ex"
	"gont/hal"
	"gont/kd/dbgprint"
	"gont/nt"
)

// initNls puts the loader's tables of characters in force (SPEC P0.3).
func initNls() nt.Status {
	for _, p := range ex.InitNls(loaderReader.NlsTables(hal.LoaderBlock().NlsData)) {
		dbgprint.Line("P0.3: " + p)
	}
	return nt.StatusSuccess
}

// moveNls copies the tables to where they stay (SPEC P0.21).
func moveNls() nt.Status {
	return failed(ex.MoveNls())
}
