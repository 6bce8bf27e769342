package api

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"getmyvax.org/univaf/internal/catalog"
)

// A changeCursor says how far a client has read the changes. It is text to clients:
// EPOCH.SEQ.ID.SCOPE, and .KNOWN if that is not 0.
type changeCursor struct {
	epoch string
	catalog.Position
	scope string // what it was asked with
}

// A knowledge is what a client has that has read up to a cursor.
type knowledge string

const (
	ofContent knowledge = "content"
	ofChecks  knowledge = "checks"
	ofAll     knowledge = "all" // as of one moment, from a dump
)

func knowledgeOf(checks bool) knowledge {
	if checks {
		return ofChecks
	}
	return ofContent
}

// questionOf tells a filter and what is known of what it lets pass from any other. The
// lists of the filter are sorted.
func questionOf(f catalog.ChangeFilter, k knowledge) string {
	var b strings.Builder
	for _, list := range [][]string{f.States, f.Providers, f.IDs, {string(k)}} {
		b.WriteString(strings.Join(list, ",") + "\n")
	}
	return b.String()
}

// scopeOf is short for a question, so that a cursor is not taken for that of another one.
func scopeOf(f catalog.ChangeFilter, k knowledge) string {
	sum := sha256.Sum256([]byte(questionOf(f, k)))
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}

func (c changeCursor) append(b []byte) []byte {
	b = strconv.AppendInt(append(append(b, c.epoch...), '.'), c.After.Seq, 10)
	b = append(append(b, '.'), c.After.ID...)
	b = append(append(b, '.'), c.scope...)
	if c.Known > 0 {
		b = strconv.AppendInt(append(b, '.'), c.Known, 10)
	}
	return b
}

func (c changeCursor) String() string { return string(c.append(nil)) }

var errCursor = errors.New("not a cursor")

// parseChangeCursor reads what append wrote.
func parseChangeCursor(text string) (c changeCursor, err error) {
	parts := strings.Split(text, ".")
	if len(parts) < 4 || len(parts) > 5 || slices.Contains(parts, "") {
		return c, errCursor
	}
	c.epoch, c.After.ID, c.scope = parts[0], parts[2], parts[3]
	if c.After.Seq, err = strconv.ParseInt(parts[1], 10, 64); err != nil || c.After.Seq < 0 {
		return c, errCursor
	}
	if _, err := uuid.Parse(c.After.ID); err != nil && c.After.ID != catalog.LastID {
		return c, errCursor
	}
	if len(parts) == 5 {
		if c.Known, err = strconv.ParseInt(parts[4], 10, 64); err != nil || c.Known < 0 {
			return c, errCursor
		}
	}
	return c, nil
}

// dumpCursor is where the changes of what a dump holds begin.
func dumpCursor(q catalog.Query, v *catalog.View) string {
	var f catalog.ChangeFilter
	if q.State != "" {
		f.States = []string{q.State}
	}
	if q.Provider != "" {
		f.Providers = []string{q.Provider}
	}
	return changeCursor{v.Epoch, v.End(), scopeOf(f, ofAll)}.String()
}
