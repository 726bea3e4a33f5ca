// Package imports has no code: its tests hold the declared table of which
// package of this module may import which, and of which boot step needs which
// earlier one (DESIGN 1), and compare both with the source.
package imports
