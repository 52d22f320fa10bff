// Package fn is the registry of functions: signature, volatility, null rule,
// kernel. A family of functions is a file.
//
//	fn.go    Env, Call, Kernel, Scalar, TableFunc
//	agg.go   AggSlots, Agg, AggKernel
package fn
