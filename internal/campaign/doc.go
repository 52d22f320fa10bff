// Command campaign runs the reliability campaigns and writes docs/reliability.md
// of what they printed.
//
//	main.go    flags; the order of things
//	list.go    the campaigns: test, small and full size, what it holds
//	run.go     one campaign: go test, its lines, its time
//	fuzz.go    fuzz targets, by number of inputs
//	page.go    the page; found.md: what campaigns have found so far
//
// A campaign is a test that logs lines beginning with "campaign:"; those lines are
// the figures of the page. A test that fails, or logs none, fails the campaign.
//
//	go run ./internal/campaign              small size, as .ci/run does
//	go run ./internal/campaign -full -write full size, and the page
//
// It knows nothing of what the tests do.
package main
