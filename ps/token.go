package ps

import (
	"gont/nt"
	"gont/ob"
	"gont/se"
)

// TokenType is the token object type, SystemToken the first token. Both exist from
// phase 0 on.
var (
	TokenType   *ob.Type
	SystemToken *ob.Object
)

// InitTokens makes the token type and the SYSTEM token (SPEC P0.15).
func InitTokens() nt.Status {
	all := nt.StandardAll&^nt.Synchronize | 0x1FF
	var s nt.Status
	TokenType, s = ob.CreateType(ob.Type{Name: "Token", Valid: all, Generic: [4]nt.AccessMask{
		nt.ReadControl | 8, nt.ReadControl | 0xE0, nt.ReadControl, all}})
	if s.OK() {
		SystemToken = ob.New(TokenType, se.NewSystemToken())
	}
	return s
}

// token is what is in the process's token; nil without one.
func (p *Process) token() *se.Token {
	if p.Token == nil {
		return nil
	}
	t, _ := p.Token.Body.(*se.Token)
	return t
}

// Holds reports whether the process's token holds a privilege, enabled or not.
func (p *Process) Holds(v se.Privilege) bool { t := p.token(); return t != nil && t.Holds(v) }

// Has reports whether the process's token holds a privilege, enabled.
func (p *Process) Has(v se.Privilege) bool { t := p.token(); return t != nil && t.Has(v) }
