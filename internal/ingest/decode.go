package ingest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/usa"
)

// Decode reads one update as senders give it and brings it into the form that the
// store keeps: states as USPS codes, ids in lower case. The warnings tell senders
// of what was let pass.
//
// The errors are a *univaf.SyntaxError or univaf.FieldErrors, which hold all that is
// wrong.
func Decode(data []byte) (u univaf.Update, warnings []string, err error) {
	u, ignored, err := univaf.DecodeUpdate(data)
	var faults univaf.FieldErrors
	if err != nil && !errors.As(err, &faults) {
		return u, nil, err
	}
	for _, pointer := range ignored {
		warnings = append(warnings, pointer+" is not a known field and was ignored")
	}
	if !slices.ContainsFunc(faults, ofIDs) {
		faults = append(faults, normaliseID(&u)...)
	}
	faults = append(faults, normaliseState(&u)...)
	return u, warnings, faults.Err()
}

// ofIDs tells faults of the ids; where there are some, that none is left says nothing.
func ofIDs(fault univaf.FieldError) bool {
	return fault.Pointer == "" || fault.Pointer == "/id" || fault.Pointer == "/external_ids" ||
		strings.HasPrefix(fault.Pointer, "/external_ids/")
}

func normaliseID(u *univaf.Update) univaf.FieldErrors {
	id, ok := parseID(u.ID)
	switch {
	case ok:
		u.ID = id
	case len(u.ExternalIDs) > 0:
		u.ID = "" // senders put ids of their own there
	case u.ID != "":
		return univaf.FieldErrors{{Pointer: "/id", Message: "must be a UUID where there are no external_ids"}}
	default:
		return univaf.FieldErrors{{Pointer: "/id", Message: "or external_ids is required, to say which location is meant"}}
	}
	return nil
}

func normaliseState(u *univaf.Update) univaf.FieldErrors {
	if u.State == "" {
		return nil
	}
	code, ok := usa.StateCode(u.State)
	if !ok {
		message := fmt.Sprintf("must be the USPS code or the name of a US state or territory, not %q", u.State)
		return univaf.FieldErrors{{Pointer: "/state", Message: message}}
	}
	u.State = code
	return nil
}

// parseID reads a UUID in its usual form (RFC 9562, section 4).
func parseID(s string) (string, bool) {
	if len(s) != 36 {
		return "", false
	}
	id, err := uuid.Parse(s)
	return strings.ToLower(id.String()), err == nil
}
