#include "textflag.h"

// func raise()
TEXT ·raise(SB),NOSPLIT,$0-0
	MOVL	$1, runtime·tamagoEvent(SB)
	RET
