// Package svc is the floor of system services (DESIGN 1). services.txt declares each
// service once.
package svc

//go:generate go run gont/tools/mkservices ..
