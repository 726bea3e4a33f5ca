//go:build ntuser

package main

import "gont/nttest/guest"

// The rows' names for the machine code of threads and APCs that have no Go.
var (
	code, rawThread, join, callService = guest.Place, guest.Thread, guest.Join, guest.CallService
	endWith, then                      = guest.EndWith, guest.Then
	spinCode, endThread, leave         = guest.Spin, guest.EndThread, guest.Leave
)

const survived = guest.Survived
