// Package sql turns text into a syntax tree and back.
package sql
