// Package examples holds small programs that use the API, in several languages. The
// tests of internal/cli run them.
package examples

import "embed"

// Files are TASK.sh, TASK.py and TASK.mjs.
//
//go:embed *.sh *.py *.mjs
var Files embed.FS

// A Task is what a program of each language does.
type Task struct{ Name, Title, Text string }

// Tasks lists them.
var Tasks = []Task{
	{"openings", "List places that have appointments", "Go through the pages of a state by `links.next`."},
	{"stream", "Read everything as a stream", "One place a line, however many there are."},
	{"revalidate", "Ask again without loading it again", "Send the `ETag` of the last answer; 304 says that nothing has changed."},
	{"update", "Report a clinic", "Send its facts and its availability, with a key."},
}

// Languages are those that there is a program in for every task, by the ends of the
// files' names.
var Languages = []struct{ Name, Suffix string }{{"Shell, with curl", ".sh"}, {"Python", ".py"}, {"JavaScript", ".mjs"}}
