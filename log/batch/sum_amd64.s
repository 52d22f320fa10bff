#include "textflag.h"

// FOLD moves the 64 bytes of Z on by what Z8 says and adds those at SI+at.
#define FOLD(Z, at) \
	VPCLMULQDQ $0x00, Z8, Z, Z4    \
	VPCLMULQDQ $0x11, Z8, Z, Z     \
	VPTERNLOGQ $0x96, at(SI), Z4, Z

// JOIN moves the 64 bytes of Z on by what Z9 says and adds them to the next ones.
#define JOIN(Z, NEXT) \
	VPCLMULQDQ $0x00, Z9, Z, Z4    \
	VPCLMULQDQ $0x11, Z9, Z, Z     \
	VPTERNLOGQ $0x96, Z4, Z, NEXT

// func foldWide(p *byte, n int, crc uint32, by *[4]uint64, rest *[64]byte)
TEXT ·foldWide(SB), NOSPLIT, $0-40
	MOVQ p+0(FP), SI
	MOVQ n+8(FP), CX
	MOVL crc+16(FP), AX
	MOVQ by+24(FP), DX
	MOVQ rest+32(FP), DI
	VBROADCASTI64X2 (DX), Z8
	VBROADCASTI64X2 16(DX), Z9
	VMOVDQU64 (SI), Z0
	VMOVDQU64 64(SI), Z1
	VMOVDQU64 128(SI), Z2
	VMOVDQU64 192(SI), Z3
	VMOVD AX, X4 // and zeros above it
	VPXORQ Z4, Z0, Z0

next:
	ADDQ $256, SI
	SUBQ $256, CX
	JZ   joined
	FOLD(Z0, 0)
	FOLD(Z1, 64)
	FOLD(Z2, 128)
	FOLD(Z3, 192)
	JMP  next

joined:
	JOIN(Z0, Z1)
	JOIN(Z1, Z2)
	JOIN(Z2, Z3)
	VMOVDQU64 Z3, (DI)
	VZEROUPPER
	RET
