// Package types is the vocabulary of SQL types and values. Everything above it
// speaks in these words; it imports only sqlerr.
//
//	type.go     Kind, Type, Field, Column, Schema
//	value.go    Value: the boxed form of one value, by Kind
package types
