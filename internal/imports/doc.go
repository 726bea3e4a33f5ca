// Package imports has no code: its tests hold the declared table of which
// package of this module may import which (DESIGN 1), and compare it, and the
// declared steps of the boot (ex.Steps), with the source.
package imports
