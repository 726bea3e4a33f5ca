package ps

import (
	"testing"

	"gont/nt"
	"gont/ob"
	"gont/se"
)

// TestTokens (P0.15): the type, and one token.
func TestTokens(t *testing.T) {
	if s := ob.InitSystem0(); !s.OK() {
		t.Fatal(s)
	}
	if s := InitTokens(); !s.OK() {
		t.Fatal(s)
	}
	if _, ok := SystemToken.Body.(*se.Token); !ok || SystemToken.Type != TokenType || TokenType.Name != "Token" {
		t.Fatalf("type %v", SystemToken.Type)
	}
	p := &Process{Token: SystemToken}
	if !p.Has(se.DebugPrivilege) || p.Has(se.ShutdownPrivilege) || !p.Holds(se.ShutdownPrivilege) || p.Holds(99) {
		t.Error("the process does not have the token's privileges")
	}
	if p.Token = nil; p.Holds(se.DebugPrivilege) || p.Has(se.DebugPrivilege) {
		t.Error("a process without a token has privileges")
	}
	if n, _ := TokenType.Counts(); n != 1 {
		t.Errorf("%d tokens", n)
	}
	if TokenType.MapGeneric(nt.GenericRead) != nt.ReadControl|8 {
		t.Error("GENERIC_READ of a token is not TOKEN_QUERY")
	}
	// A second token type: somebody has taken the name.
	if s := InitTokens(); s != nt.StatusObjectNameCollision {
		t.Errorf("a second time: %v", s)
	}
}
